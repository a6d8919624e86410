-- What was known of a story at a time, and what is known now?
-- As of the time when the first half of its articles had been seen.
WITH biggest AS (
    SELECT story_id FROM mart.stories ORDER BY article_count DESC, first_reported_at, story_id LIMIT 1
)
SELECT 'then' AS state, headline, article_count, outlet_count, independent_count, last_reported_at
FROM mart.stories_as_of((
    SELECT quantile_disc(first_seen_at, 0.5) FROM core.articles SEMI JOIN biggest USING (story_id)
)) SEMI JOIN biggest USING (story_id)
UNION ALL
SELECT 'now', headline, article_count, outlet_count, independent_count, last_reported_at
FROM mart.stories SEMI JOIN biggest USING (story_id)
