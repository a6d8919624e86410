-- Every relevant story, by the day of its latest report.
SELECT story_id, headline, last_reported_at::DATE AS day, outlet_count, first_outlet, relevance_level
FROM mart.relevant_stories_as_of($as_of)
ORDER BY day DESC, outlet_count DESC, story_id
