-- How did the biggest story unfold?
SELECT position, reported_at, outlet, language, title, is_copy
FROM mart.story_timeline
WHERE story_id = (SELECT story_id FROM mart.stories ORDER BY independent_count DESC, first_reported_at, story_id LIMIT 1)
ORDER BY position
