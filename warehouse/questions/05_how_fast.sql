-- How long after the first report does each outlet follow?
SELECT outlet, count(*) AS report_count, median(minutes_after_first)::INTEGER AS median_minutes,
       max(minutes_after_first) AS longest_minutes
FROM mart.corroboration
WHERE report_position > 1 AND is_independent
GROUP BY outlet
ORDER BY median_minutes, outlet
LIMIT 20
