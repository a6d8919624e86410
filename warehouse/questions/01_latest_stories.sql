-- What is new?
SELECT last_reported_at, headline, first_outlet, outlet_count, languages, topics
FROM mart.stories
ORDER BY last_reported_at DESC, story_id
LIMIT 20
