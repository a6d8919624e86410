-- Relevant stories by the month of their latest report.
SELECT strftime(last_reported_at, '%Y-%m') AS month, count(*) AS story_count
FROM mart.relevant_stories_as_of($as_of)
GROUP BY month
ORDER BY month DESC
