-- How hostile or cooperative was each day, from either side?
-- Below 0 hostile, above 0 cooperative; the range is what leaving out any one outlet gives.
SELECT event_date, source_side, target_side, round(tension, 1) AS tension, round(tension_low, 1) AS low,
       round(tension_high, 1) AS high, story_count
FROM mart.daily_tension
WHERE source_side IN ('US', 'VE') AND target_side IN ('US', 'VE') AND source_side <> target_side
ORDER BY event_date DESC, source_side
LIMIT 40
