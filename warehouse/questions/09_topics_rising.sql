-- Which topics rose against the month before?
-- The last 30 days of the collection against the 30 days before them.
WITH months AS (
    SELECT topic, CASE WHEN report_date > last_date - 30 THEN 'now' ELSE 'before' END AS month, story_count
    FROM mart.daily_topics, (SELECT max(report_date) AS last_date FROM mart.daily_topics)
    WHERE report_date > last_date - 60
)
SELECT topic, coalesce(sum(story_count) FILTER (month = 'now'), 0)::BIGINT AS stories_now,
       coalesce(sum(story_count) FILTER (month = 'before'), 0)::BIGINT AS stories_before,
       round((stories_now - stories_before) / nullif(stories_before, 0), 2) AS change
FROM months
GROUP BY topic
ORDER BY stories_now - stories_before DESC, topic
