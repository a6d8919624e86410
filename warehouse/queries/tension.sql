-- The weights of each day's events between the two countries, by direction: below 0 hostile, above 0 cooperative; and the
-- lowest and highest sum that leaving out any one outlet would give.
SELECT event_date AS day, source_side, target_side, tension, tension_low, tension_high, hostile_weight,
       cooperative_weight, event_count, story_count
FROM mart.daily_tension_as_of($as_of)
WHERE event_date >= $since AND event_date < $until
AND source_side IN ('US', 'VE') AND target_side IN ('US', 'VE') AND source_side <> target_side
ORDER BY source_side, day
