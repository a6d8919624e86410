-- Feeds by their state, and the last time that one of them brought something.
SELECT CASE WHEN status = 'ok' AND last_fetch_at IS NULL THEN 'waiting' ELSE status END AS state,
       count(*) AS feed_count, max(last_success_at) AS last_success_at
FROM mart.feed_health
GROUP BY state
ORDER BY feed_count DESC, state
