-- How do English, Spanish and Portuguese coverage differ?
-- The share of each language's relevant articles that is on a topic.
WITH labelled AS (
    SELECT language, topic, article_id FROM core.articles JOIN core.article_topics USING (article_id)
    WHERE language IN ('en', 'es', 'pt')
),
shares AS (
    SELECT language, topic, count(*) / any_value(total) AS share
    FROM labelled JOIN (SELECT language, count(DISTINCT article_id) AS total FROM labelled GROUP BY language) USING (language)
    GROUP BY language, topic
)
SELECT topic, round(coalesce(max(share) FILTER (language = 'en'), 0), 2) AS english,
       round(coalesce(max(share) FILTER (language = 'es'), 0), 2) AS spanish,
       round(coalesce(max(share) FILTER (language = 'pt'), 0), 2) AS portuguese
FROM shares
GROUP BY topic
ORDER BY abs(english - spanish) DESC, topic
