-- What the collection could see on each day: hours that no successful poll of any outlet had preceded for six hours
-- (what a feed holds outlasts a few), and outlets that could not be polled all day though they could on another. There
-- is no row for a day before the first poll.
WITH polled AS (
    SELECT * FROM mart.coverage WHERE hour <= $as_of
),
hours AS (
    SELECT hour, coalesce(bool_or(NOT is_gap), false) AS is_seen
    FROM generate_series(
        $since - INTERVAL 6 HOUR, least($until - INTERVAL 1 HOUR, date_trunc('hour', $as_of)), INTERVAL 1 HOUR
    ) AS h(hour)
    LEFT JOIN polled USING (hour)
    WHERE hour >= (SELECT min(hour) FROM polled)
    GROUP BY hour
),
sights AS (
    SELECT hour, NOT bool_or(is_seen) OVER (ORDER BY hour ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) AS is_blind
    FROM hours
),
outlet_days AS (
    SELECT outlet_id, hour::DATE AS day, bool_and(is_gap) AS is_dark FROM polled
    WHERE outlet_id IN (SELECT outlet_id FROM polled WHERE NOT is_gap) GROUP BY ALL
),
outlets AS (
    SELECT day, count(*) AS outlet_count, count(*) FILTER (is_dark) AS dark_outlet_count FROM outlet_days GROUP BY day
)
SELECT hour::DATE AS day, count(*) AS hour_count, count(*) FILTER (is_blind) AS blind_hour_count,
       coalesce(any_value(outlet_count), 0) AS outlet_count,
       coalesce(any_value(dark_outlet_count), 0) AS dark_outlet_count
FROM sights LEFT JOIN outlets ON outlets.day = hour::DATE
WHERE hour >= $since
GROUP BY hour::DATE
ORDER BY day
