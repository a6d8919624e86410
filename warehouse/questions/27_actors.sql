-- Who is named most?
SELECT coalesce(n.name_en, m.actor_id) AS actor, any_value(n.side) AS side, count(DISTINCT a.story_id) AS story_count,
       count(DISTINCT a.outlet_id) AS outlet_count, max(a.reported_at) AS last_named_at
FROM core.article_actors m JOIN core.articles a USING (article_id) LEFT JOIN core.actors n USING (actor_id)
GROUP BY actor
ORDER BY story_count DESC, actor
LIMIT 20
