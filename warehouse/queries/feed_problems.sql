-- Feeds that bring nothing at present, and why; those that are switched off are left out.
SELECT feed_id, outlet, language, status, status_reason, last_error, last_success_at, consecutive_failures
FROM mart.feed_health
WHERE status NOT IN ('ok', 'disabled')
ORDER BY consecutive_failures DESC, feed_id
LIMIT $limit
