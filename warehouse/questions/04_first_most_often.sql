-- Which outlets are first most often?
-- Only stories that at least two outlets reported say who was first.
WITH contested AS (
    SELECT * FROM mart.corroboration SEMI JOIN (SELECT story_id FROM mart.stories WHERE outlet_count > 1) USING (story_id)
)
SELECT outlet, count(DISTINCT story_id) AS story_count,
       count(DISTINCT story_id) FILTER (report_position = 1) AS first_count,
       round(first_count / story_count, 2) AS first_share
FROM contested
GROUP BY outlet
ORDER BY first_count DESC, story_count DESC, outlet
LIMIT 20
