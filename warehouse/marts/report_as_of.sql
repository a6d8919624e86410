-- What was known at a time. Both macros read core alone, so that a report of the past is made like one of today.
CREATE OR REPLACE MACRO mart.reports_as_of(ts) AS TABLE
WITH known AS (
    SELECT * FROM core.articles WHERE first_seen_at <= ts
),
relevant AS (
    SELECT DISTINCT story_id FROM known WHERE is_relevant
)
SELECT story_id, article_id, a.reported_at, a.first_seen_at, a.outlet_id, coalesce(o.name, a.outlet_id) AS outlet,
       o.country, coalesce(o.kind, 'unknown') AS kind, o.state_affiliated, o.exile_url IS NOT NULL AS is_exiled,
       a.language, a.title,
       a.summary_text AS summary, a.canonical_url AS url, a.copy_of_article_id IS NOT NULL AS is_copy,
       a.copy_of_article_id, a.is_relevant, a.relevance_level, a.relevance_score
FROM known a
SEMI JOIN relevant USING (story_id)
LEFT JOIN core.outlets o USING (outlet_id);
COMMENT ON MACRO TABLE mart.reports_as_of IS 'The articles of the relevant stories that had been seen by a time (UTC), a row each';

CREATE OR REPLACE MACRO mart.relevant_stories_as_of(ts) AS TABLE
WITH reports AS (
    SELECT * FROM mart.reports_as_of(ts)
),
stories AS (
    SELECT story_id, arg_min(title, (reported_at, article_id)) AS headline,
           arg_min(coalesce(language, ''), (reported_at, article_id)) AS headline_language,
           arg_min(article_id, (is_copy, reported_at, article_id)) FILTER (is_relevant) AS lead_article_id,
           min(reported_at) AS first_reported_at, max(reported_at) AS last_reported_at,
           max(first_seen_at) AS last_seen_at, count(*) AS report_count, count(DISTINCT outlet_id) AS outlet_count,
           count(DISTINCT outlet_id) FILTER (NOT is_copy) AS independent_outlet_count,
           list_sort(list(DISTINCT outlet)) AS outlets,
           coalesce(list_sort(list(DISTINCT language) FILTER (language IS NOT NULL)), []) AS languages,
           bool_or(state_affiliated) IS TRUE AS has_state_outlet, max(relevance_level) AS relevance_level
    FROM reports GROUP BY story_id
),
topics AS (
    SELECT story_id, list(topic ORDER BY article_count DESC, topic) AS topics
    FROM (SELECT story_id, topic, count(*) AS article_count
          FROM core.article_topics JOIN reports USING (article_id) GROUP BY ALL)
    GROUP BY story_id
),
actors AS (
    SELECT story_id, list(actor_id ORDER BY article_count DESC, actor_id) AS actors
    FROM (SELECT story_id, actor_id, count(DISTINCT article_id) AS article_count
          FROM core.article_actors JOIN reports USING (article_id) GROUP BY ALL)
    GROUP BY story_id
)
SELECT s.*, lead.outlet AS first_outlet, lead.summary, lead.url,
       coalesce(t.topics, []) AS topics, coalesce(a.actors, []) AS actors
FROM stories s
JOIN reports lead ON lead.article_id = s.lead_article_id
LEFT JOIN topics t ON t.story_id = s.story_id
LEFT JOIN actors a ON a.story_id = s.story_id;
COMMENT ON MACRO TABLE mart.relevant_stories_as_of IS 'The relevant stories as they were known at a time (UTC), a row each, with everything that a page shows of one';

-- The front page and the daily brief rank alike.
CREATE OR REPLACE MACRO mart.importance_as_of(ts) AS TABLE
WITH weights AS (
    SELECT story_id, max(abs(weight)) AS gravest FROM mart.events_as_of(ts) GROUP BY story_id
)
SELECT story_id, relevance_level * log2(1 + independent_outlet_count) * (1 + coalesce(gravest, 0) / 10)
                     * pow(0.5, date_diff('minute', last_reported_at, ts) / (36 * 60.0)) AS importance
FROM mart.relevant_stories_as_of(ts) LEFT JOIN weights USING (story_id);
COMMENT ON MACRO TABLE mart.importance_as_of IS 'Importance of each relevant story at a time (UTC): its level of relevance, times the logarithm of the outlets that reported in words of their own, up to doubled by the weight of the gravest event in it (of 10), halved for every 36 hours since its latest report';
