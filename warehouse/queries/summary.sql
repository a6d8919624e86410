-- How much was reported in the last 24 hours and in the last seven days.
WITH reports AS (
    SELECT * FROM mart.reports_as_of($as_of)
)
SELECT count(DISTINCT story_id) FILTER (reported_at > $as_of - INTERVAL 1 DAY) AS day_story_count,
       count(*) FILTER (reported_at > $as_of - INTERVAL 1 DAY) AS day_report_count,
       count(DISTINCT outlet_id) FILTER (reported_at > $as_of - INTERVAL 1 DAY) AS day_outlet_count,
       count(DISTINCT story_id) FILTER (reported_at > $as_of - INTERVAL 7 DAY) AS week_story_count,
       count(DISTINCT story_id) AS story_count, count(*) AS report_count,
       min(reported_at) AS first_reported_at, max(reported_at) AS last_reported_at
FROM reports
