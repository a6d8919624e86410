-- Relevant stories with a report on each topic: on each day, and (without a day) in the whole period of the chart.
SELECT topic, reported_at::DATE AS day, count(DISTINCT story_id) AS story_count
FROM core.article_topics JOIN mart.reports_as_of($as_of) USING (article_id)
WHERE reported_at >= $since AND reported_at < $until
GROUP BY GROUPING SETS ((topic, reported_at::DATE), (topic))
ORDER BY story_count DESC, topic, day
