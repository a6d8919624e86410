-- Who was named for the first time in the last week?
SELECT min(a.reported_at) AS first_named_at, coalesce(n.name_en, m.actor_id) AS actor, any_value(n.side) AS side,
       count(DISTINCT a.story_id) AS story_count, arg_min(a.title, (a.reported_at, a.article_id)) AS title
FROM core.article_actors m JOIN core.articles a USING (article_id) LEFT JOIN core.actors n USING (actor_id)
GROUP BY actor
HAVING first_named_at > (SELECT max(last_reported_at) FROM mart.stories) - INTERVAL 7 DAY
ORDER BY story_count DESC, first_named_at, actor
LIMIT 20
