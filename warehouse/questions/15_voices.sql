-- Do state media, media in exile and the rest write about the same topics?
-- Share of the stories of each topic that the voice reports; a story can have several voices.
WITH reports AS (
    SELECT DISTINCT story_id, topic,
           CASE WHEN o.state_affiliated THEN 'state' WHEN o.exile_url IS NOT NULL THEN 'exile' ELSE 'other' END AS voice
    FROM core.articles JOIN core.article_topics USING (article_id) LEFT JOIN core.outlets o USING (outlet_id)
)
SELECT topic, count(DISTINCT story_id) AS stories,
       round(count(*) FILTER (voice = 'state') / stories, 2) AS by_state_media,
       round(count(*) FILTER (voice = 'exile') / stories, 2) AS by_media_in_exile,
       round(count(*) FILTER (voice = 'other') / stories, 2) AS by_others
FROM reports
GROUP BY topic
ORDER BY stories DESC, topic
LIMIT 20
