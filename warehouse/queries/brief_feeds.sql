-- The brief: how many of the feeds that are switched on and have been polled bring what they should.
SELECT 'feeds' AS row_id, count(*) AS feed_count, count(*) FILTER (status = 'ok') AS working_count
FROM mart.feed_health
WHERE status <> 'disabled' AND last_fetch_at IS NOT NULL
HAVING count(*) > 0
