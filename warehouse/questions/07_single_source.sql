-- Which core stories rest on a single outlet?
SELECT first_reported_at, headline, first_outlet, topics, url
FROM mart.stories
WHERE outlet_count = 1 AND relevance_level = 2
ORDER BY first_reported_at DESC, story_id
LIMIT 20
