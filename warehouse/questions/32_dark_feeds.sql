-- Which feeds went dark, when, and for how long?
-- A spell begins with the first of several failures in a row and ends with the next success.
WITH marked AS (
    SELECT feed_id, started_at, outcome = 'failed' AS is_dark, error_message,
           count(*) FILTER (outcome <> 'failed') OVER (PARTITION BY feed_id ORDER BY started_at) AS success_count
    FROM raw.fetches
),
spells AS (
    SELECT feed_id, success_count, min(started_at) AS dark_since, count(*) AS failed_count,
           arg_max(error_message, started_at) AS last_error
    FROM marked WHERE is_dark GROUP BY ALL
)
SELECT s.feed_id, s.dark_since, min(m.started_at) AS bright_again_at, s.failed_count, s.last_error
FROM spells s
LEFT JOIN marked m ON m.feed_id = s.feed_id AND NOT m.is_dark AND m.success_count = s.success_count + 1
GROUP BY ALL
HAVING s.failed_count > 1
ORDER BY s.dark_since DESC, s.feed_id
LIMIT 20
