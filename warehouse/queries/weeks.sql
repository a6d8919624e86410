-- A year week by week: the story that most outlets reported in words of their own, among those that began in the week,
-- and the weights of the week's events between the two countries.
WITH stories AS (
    SELECT *, date_trunc('week', first_reported_at)::DATE AS week FROM mart.relevant_stories_as_of($as_of)
    WHERE first_reported_at >= $since AND first_reported_at < $until
),
ranked AS (
    SELECT *, count(*) OVER (PARTITION BY week) AS story_count,
           row_number() OVER (PARTITION BY week ORDER BY relevance_level * log2(1 + independent_outlet_count) DESC,
                              report_count DESC, first_reported_at, story_id) AS place
    FROM stories
),
tension AS (
    SELECT date_trunc('week', event_date)::DATE AS week, sum(hostile_weight) AS hostile_weight,
           sum(cooperative_weight) AS cooperative_weight
    FROM mart.daily_tension_as_of($as_of)
    WHERE source_side IN ('US', 'VE') AND target_side IN ('US', 'VE') AND source_side <> target_side
    GROUP BY week
)
SELECT week, story_count, story_id, headline, headline_language, first_outlet, outlet_count, first_reported_at,
       coalesce(hostile_weight, 0) AS hostile_weight, coalesce(cooperative_weight, 0) AS cooperative_weight
FROM ranked LEFT JOIN tension USING (week)
WHERE place = 1
ORDER BY week DESC
