-- The actors named in the most stories of the last 30 days of the chart. News agencies are left out: a text names them as
-- its source, not for what they do.
SELECT actor_id, any_value(side) AS side, count(DISTINCT story_id) AS story_count
FROM core.article_actors
JOIN mart.reports_as_of($as_of) USING (article_id)
LEFT JOIN core.actors USING (actor_id)
WHERE reported_at >= $until - INTERVAL 30 DAY AND reported_at < $until
AND actors.role IS DISTINCT FROM 'news agency'
GROUP BY actor_id
ORDER BY story_count DESC, actor_id
LIMIT 12
