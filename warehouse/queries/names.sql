-- Names of topics and actors for readers.
SELECT 'topic' AS kind, topic AS code, name_en, name_es FROM core.topics
UNION ALL
SELECT 'actor', actor_id, name_en, name_es FROM core.actors
ORDER BY ALL
