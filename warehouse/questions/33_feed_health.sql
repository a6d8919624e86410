-- Which feeds need a hand?
SELECT feed_id, status, status_reason, last_success_at, consecutive_failures
FROM mart.feed_health
WHERE status IN ('failing', 'quiet', 'gone')
ORDER BY consecutive_failures DESC, feed_id
