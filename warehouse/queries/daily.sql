-- Relevant stories with a report on each day, and those reports.
SELECT reported_at::DATE AS day, count(DISTINCT story_id) AS story_count, count(*) AS report_count,
       count(DISTINCT outlet_id) AS outlet_count
FROM mart.reports_as_of($as_of)
WHERE reported_at >= $since AND reported_at < $until
GROUP BY day
ORDER BY day
