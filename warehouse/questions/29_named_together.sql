-- Which actors are named together?
WITH named AS (
    SELECT DISTINCT story_id, coalesce(name_en, actor_id) AS actor
    FROM core.article_actors JOIN core.articles USING (article_id) LEFT JOIN core.actors USING (actor_id)
)
SELECT a.actor, b.actor AS other_actor, count(*) AS story_count
FROM named a JOIN named b ON b.story_id = a.story_id AND b.actor > a.actor
GROUP BY ALL
ORDER BY story_count DESC, a.actor, other_actor
LIMIT 20
