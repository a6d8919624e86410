-- What was threatened, planned or denied and did not count as done?
SELECT e.event_date, e.status, e.guard, e.source_side, e.event_type, e.target_side, a.title
FROM core.events e JOIN core.articles a USING (article_id)
WHERE NOT e.is_counted
ORDER BY e.event_date DESC, e.article_id, e.event_type
LIMIT 20
