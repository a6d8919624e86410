-- The brief: relevant reports that came in within the last 24 hours, and how many a day in the week before.
WITH reports AS (
    SELECT *, first_seen_at > $as_of - INTERVAL 1 DAY AS is_new FROM mart.reports_as_of($as_of)
)
SELECT 'day:' || strftime($as_of, '%Y-%m-%dT%H:%M') AS row_id, $as_of AS until_at, 24 AS hour_count, 7 AS day_count,
       count(DISTINCT story_id) FILTER (is_new) AS story_count, count(*) FILTER (is_new) AS report_count,
       count(DISTINCT outlet_id) FILTER (is_new) AS outlet_count,
       CASE WHEN min(first_seen_at) <= $as_of - INTERVAL 8 DAY
            THEN round(count(*) FILTER (NOT is_new AND first_seen_at > $as_of - INTERVAL 8 DAY) / 7, 1) END AS usual_count
FROM reports
