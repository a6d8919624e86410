-- Who the reports of the last 30 days of the chart come from: by ownership, by home and by kind of outlet.
WITH reports AS (
    SELECT outlet_id, story_id, kind,
           CASE WHEN state_affiliated THEN 'state' WHEN NOT state_affiliated THEN 'not_state' ELSE 'unknown' END AS ownership,
           CASE WHEN country IN ('US', 'VE') THEN country WHEN country IS NULL THEN 'unknown' ELSE 'international' END AS home
    FROM mart.reports_as_of($as_of)
    WHERE reported_at >= $until - INTERVAL 30 DAY AND reported_at < $until
)
SELECT CASE WHEN grouping(ownership) = 0 THEN 'ownership' WHEN grouping(home) = 0 THEN 'home' ELSE 'kind' END AS dimension,
       coalesce(ownership, home, kind) AS part, count(*) AS report_count, count(DISTINCT outlet_id) AS outlet_count,
       count(DISTINCT story_id) AS story_count
FROM reports
GROUP BY GROUPING SETS ((ownership), (home), (kind))
ORDER BY dimension, report_count DESC, part
