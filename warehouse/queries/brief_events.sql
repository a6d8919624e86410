-- The brief: events that count as done, in reports that came in within the last 24 hours; those of most outlets first.
SELECT 'event:' || story_id || '/' || source_side || '-' || event_type || '-' || target_side AS row_id, story_id,
       source_side, event_type, target_side, arg_max(source_actor_id, confidence) AS source_actor_id,
       arg_max(target_actor_id, confidence) AS target_actor_id, count(DISTINCT outlet_id) AS outlet_count,
       avg(weight) AS weight
FROM core.events JOIN mart.reports_as_of($as_of) USING (article_id)
WHERE is_counted AND first_seen_at > $as_of - INTERVAL 1 DAY
GROUP BY story_id, source_side, event_type, target_side
ORDER BY outlet_count DESC, abs(avg(weight)) DESC, row_id
LIMIT $limit
