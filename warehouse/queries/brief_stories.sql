-- The brief: the most important of the stories that a report came in for within the last 24 hours.
SELECT 'story:' || story_id AS row_id, story_id, headline, headline_language, url, first_outlet, first_reported_at,
       outlet_count, report_count, languages, topics
FROM mart.relevant_stories_as_of($as_of) JOIN mart.importance_as_of($as_of) USING (story_id)
WHERE last_seen_at > $as_of - INTERVAL 1 DAY
ORDER BY importance DESC, last_reported_at DESC, story_id
LIMIT $limit
