-- What was each day about?
SELECT report_date, list(topic || ' ' || story_count ORDER BY story_count DESC, topic) AS topics
FROM mart.daily_topics
GROUP BY report_date
ORDER BY report_date DESC
LIMIT 20
