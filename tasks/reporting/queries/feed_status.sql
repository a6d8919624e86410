-- Feeds by their state.
SELECT status, count(*) AS feed_count
FROM mart.feed_health
GROUP BY status
ORDER BY feed_count DESC, status
