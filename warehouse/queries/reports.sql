-- The pages of the stories: every report in order, with the words that its labels rest on. A page shows the rows of
-- its story. Of a full text only the words around the evidence are taken.
WITH reports AS (
    SELECT * FROM mart.reports_as_of($as_of)
),
marks AS (
    SELECT article_id, 'relevance' AS kind, '' AS code, unnest(relevance_evidence, recursive := true) FROM core.articles
    UNION ALL
    SELECT article_id, 'topic', topic, unnest(evidence, recursive := true) FROM core.article_topics
    UNION ALL
    SELECT article_id, 'actor', actor_id, matched_text, field, start_offset, matched_text FROM core.article_actors
),
evidence AS (
    SELECT article_id,
           list({'kind': kind, 'code': code, 'field': field, 'start': start_offset, 'text': "text",
                 'context': CASE WHEN field = 'text' THEN substring(
                     full_text, greatest(1, start_offset - 79), least(start_offset, 80) + length("text") + 80) END}
                ORDER BY field, start_offset, kind, code) AS marks
    FROM marks SEMI JOIN reports USING (article_id) JOIN core.articles USING (article_id)
    GROUP BY article_id
)
SELECT r.*, coalesce(marks, []) AS marks
FROM reports r LEFT JOIN evidence USING (article_id)
ORDER BY story_id, reported_at, article_id
