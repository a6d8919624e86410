-- The latest stories, by the day of their latest report and then by importance: the level of relevance, times the
-- logarithm of the outlets that reported in words of their own, halved for every 36 hours since the latest report.
WITH stories AS (
    SELECT *, last_reported_at::DATE AS day,
           relevance_level * log2(1 + independent_outlet_count)
               * pow(0.5, date_diff('minute', last_reported_at, $as_of) / (36 * 60.0)) AS importance
    FROM mart.relevant_stories_as_of($as_of)
),
ranked AS (
    SELECT *, dense_rank() OVER (ORDER BY day DESC) AS day_position,
           row_number() OVER (PARTITION BY day ORDER BY importance DESC, last_reported_at DESC, story_id) AS day_rank,
           count(*) OVER (PARTITION BY day) AS day_story_count
    FROM stories
)
SELECT * FROM ranked
WHERE day_position <= $days AND day_rank <= $per_day
ORDER BY day DESC, day_rank
