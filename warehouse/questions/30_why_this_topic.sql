-- Why does an article have its topic?
SELECT a.title, t.topic, list_transform(t.evidence, lambda e: e.field || ': ' || e."text") AS words
FROM core.article_topics t JOIN core.articles a USING (article_id)
ORDER BY a.reported_at DESC, a.article_id, t.topic
LIMIT 20
