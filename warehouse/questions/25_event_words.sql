-- Which words is an event read from?
SELECT e.event_date, e.source_side || ' ' || e.event_type || ' ' || e.target_side AS event, e.status,
       list_transform(e.evidence, lambda x: x."text") AS words, a.title
FROM core.events e JOIN core.articles a USING (article_id)
WHERE e.is_counted
ORDER BY e.event_date DESC, e.article_id, event
LIMIT 20
