-- How much of what an outlet reports is on the affair?
SELECT outlet, country, kind, sum(relevant_count)::BIGINT AS relevant, sum(article_count)::BIGINT AS articles,
       round(relevant / articles, 3) AS share
FROM mart.daily_outlets
GROUP BY outlet, country, kind
HAVING relevant > 0
ORDER BY relevant DESC, outlet
LIMIT 20
