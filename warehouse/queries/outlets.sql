-- The outlets with the most reports in the last 30 days of the chart, and how often each was the first.
WITH firsts AS (
    SELECT first_value(outlet_id) OVER (PARTITION BY story_id ORDER BY reported_at, article_id) = outlet_id
               AND row_number() OVER (PARTITION BY story_id ORDER BY reported_at, article_id) = 1 AS is_first, *
    FROM mart.reports_as_of($as_of)
)
SELECT outlet_id, outlet, country, kind, state_affiliated, is_exiled, count(*) AS report_count,
       count(DISTINCT story_id) AS story_count, count(*) FILTER (is_first) AS first_count,
       count(*) FILTER (is_copy) AS copy_count
FROM firsts
WHERE reported_at >= $until - INTERVAL 30 DAY AND reported_at < $until
GROUP BY ALL
ORDER BY report_count DESC, outlet
LIMIT 12
