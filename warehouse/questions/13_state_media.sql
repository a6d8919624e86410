-- What do state media report that nobody else does?
SELECT s.first_reported_at, s.headline, s.outlets, s.topics
FROM mart.stories s JOIN core.articles a USING (story_id) LEFT JOIN core.outlets o USING (outlet_id)
GROUP BY ALL
HAVING bool_and(o.state_affiliated IS TRUE)
ORDER BY s.first_reported_at DESC, s.headline
LIMIT 20
