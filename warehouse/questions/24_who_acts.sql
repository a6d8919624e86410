-- Who does what to whom?
SELECT source_name, event_type, target_name, event_count, story_count, round(mean_weight, 1) AS mean_weight, last_date
FROM mart.actor_pairs
ORDER BY event_count DESC, source_name, event_type, target_name
LIMIT 20
