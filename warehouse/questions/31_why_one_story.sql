-- Why are two articles one story?
SELECT l.level, round(l.similarity, 2) AS similarity, l.reason, a.title, b.title AS other_title
FROM core.duplicate_links l
JOIN core.articles a ON a.article_id = l.left_id
JOIN core.articles b ON b.article_id = l.right_id
ORDER BY l.level DESC, l.similarity, a.article_id, b.article_id
LIMIT 20
