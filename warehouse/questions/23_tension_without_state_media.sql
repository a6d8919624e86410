-- What does the tension look like without state media?
-- An event counts without them if an outlet that no state owns reports it too.
WITH events AS (
    SELECT e.*, len(list_filter(outlet_ids, lambda id: NOT list_contains(state_ids, id))) > 0 AS is_reported_by_others
    FROM mart.events e, (SELECT coalesce(list(outlet_id), []) AS state_ids FROM core.outlets WHERE state_affiliated)
    WHERE source_side IN ('US', 'VE') AND target_side IN ('US', 'VE')
)
SELECT event_date, round(sum(weight), 1) AS tension,
       round(coalesce(sum(weight) FILTER (is_reported_by_others), 0), 1) AS without_state_media,
       count(*) FILTER (NOT is_reported_by_others) AS state_media_only_count
FROM events
GROUP BY event_date
ORDER BY event_date DESC
LIMIT 20
