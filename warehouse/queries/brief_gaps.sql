-- The brief: hours of the last 24 in which no outlet was polled with success; no row where there were none.
WITH hours AS (
    SELECT hour, bool_and(is_gap) AS is_blind FROM mart.coverage
    WHERE hour > $as_of - INTERVAL 1 DAY AND hour <= $as_of
    GROUP BY hour
)
SELECT 'hours:' || strftime($as_of, '%Y-%m-%dT%H:%M') AS row_id, 24 AS hour_count, count(*) FILTER (is_blind) AS blind_count
FROM hours
HAVING count(*) FILTER (is_blind) > 0
