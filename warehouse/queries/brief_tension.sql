-- The brief: the tension of the last whole day between the two countries, in both directions.
SELECT 'tension:' || event_date || '/' || source_side || '-' || target_side AS row_id, event_date, source_side,
       target_side, tension, tension_low, tension_high, event_count, story_count
FROM mart.daily_tension_as_of($as_of)
WHERE event_date = $as_of::DATE - 1
AND source_side IN ('US', 'VE') AND target_side IN ('US', 'VE') AND source_side <> target_side
ORDER BY source_side
