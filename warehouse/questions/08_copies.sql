-- Whose texts are republished most?
SELECT coalesce(o.name, original.outlet_id) AS outlet, count(*) AS copy_count,
       count(DISTINCT copy.outlet_id) AS copying_outlet_count, arg_max(original.title, copy.reported_at) AS latest_title
FROM core.articles copy
JOIN core.articles original ON original.article_id = copy.copy_of_article_id
LEFT JOIN core.outlets o ON o.outlet_id = original.outlet_id
WHERE copy.is_relevant
GROUP BY ALL
ORDER BY copy_count DESC, outlet
LIMIT 20
