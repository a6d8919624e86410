-- For which hours is nothing known of an outlet?
SELECT outlet, count(*) FILTER (is_gap) AS blind_hours, count(*) AS hours,
       max(hour) FILTER (is_gap) AS last_blind_hour, sum(received_count)::BIGINT AS received
FROM mart.coverage
GROUP BY outlet
HAVING blind_hours > 0
ORDER BY blind_hours DESC, outlet
