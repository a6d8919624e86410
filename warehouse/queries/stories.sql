-- The latest stories, by the day of their latest report and then by importance: the level of relevance, times the
-- logarithm of the outlets that reported in words of their own, up to doubled by the weight of the gravest event in it (of
-- 10), halved for every 36 hours since its latest report.
WITH stories AS (
    SELECT *, last_reported_at::DATE AS day
    FROM mart.relevant_stories_as_of($as_of) JOIN mart.importance_as_of($as_of) USING (story_id)
),
ranked AS (
    SELECT *, dense_rank() OVER (ORDER BY day DESC) AS day_position,
           row_number() OVER (PARTITION BY day ORDER BY importance DESC, last_reported_at DESC, story_id) AS day_rank,
           count(*) OVER (PARTITION BY day) AS day_story_count
    FROM stories
)
SELECT * FROM ranked
WHERE day_position <= $days AND day_rank <= CASE WHEN day_position = 1 THEN $newest_day ELSE $per_day END
ORDER BY day DESC, day_rank
