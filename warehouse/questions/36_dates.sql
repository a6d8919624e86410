-- How far can dates be trusted?
SELECT date_quality, count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count,
       any_value(title ORDER BY article_id) AS example
FROM core.articles
GROUP BY date_quality
ORDER BY article_count DESC, date_quality
