-- Who acted on whom in the last 30 days of the chart, and by what. An event counts once a story and day; what both do to
-- each other counts in both directions.
WITH events AS (
    SELECT coalesce(source_actor_id, '') AS source_id, source_side, coalesce(target_actor_id, '') AS target_id,
           target_side, event_type, weight, story_id, is_reciprocal
    FROM mart.events_as_of($as_of)
    WHERE event_date >= $until - INTERVAL 30 DAY AND event_date < $until
),
directed AS (
    SELECT source_id, source_side, target_id, target_side, event_type, weight, story_id FROM events
    UNION ALL
    SELECT target_id, target_side, source_id, source_side, event_type, weight, story_id FROM events WHERE is_reciprocal
),
types AS (
    SELECT source_id, source_side, target_id, target_side, event_type, count(*) AS event_count, sum(weight) AS weight
    FROM directed GROUP BY ALL
)
SELECT source_id, source_side, target_id, target_side, sum(event_count)::BIGINT AS event_count,
       sum(event_count) FILTER (weight < 0)::BIGINT AS hostile_count, sum(weight) / sum(event_count) AS mean_weight,
       list({'type': event_type, 'count': event_count} ORDER BY event_count DESC, event_type) AS types
FROM types
GROUP BY ALL
ORDER BY event_count DESC, source_side, source_id, target_side, target_id
LIMIT 12
