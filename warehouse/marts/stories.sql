-- The relevant stories, a row each, with everything that a reader wants to see of one.
CREATE OR REPLACE VIEW mart.stories AS
WITH articles AS (
    SELECT * FROM core.articles
    WHERE story_id IN (SELECT story_id FROM core.stories WHERE is_relevant AND merged_into_story_id IS NULL)
),
leads AS (
    SELECT story_id,
           arg_min(article_id, (copy_of_article_id IS NOT NULL, reported_at, article_id)) AS lead_article_id,
           max(relevance_level) AS relevance_level,
           max(relevance_score) AS relevance_score
    FROM articles WHERE is_relevant GROUP BY story_id
),
topics AS (
    SELECT story_id, list_sort(list(DISTINCT topic)) AS topics
    FROM core.article_topics JOIN articles USING (article_id) GROUP BY story_id
),
actors AS (
    SELECT story_id, list_sort(list(DISTINCT coalesce(name_en, actor_id))) AS actors
    FROM core.article_actors JOIN articles USING (article_id) LEFT JOIN core.actors USING (actor_id) GROUP BY story_id
),
publishers AS (
    SELECT story_id, list_sort(list(DISTINCT coalesce(name, outlet_id))) AS outlets
    FROM articles LEFT JOIN core.outlets USING (outlet_id) GROUP BY story_id
)
SELECT s.story_id, s.headline, lead.summary_text AS summary, lead.canonical_url AS url,
       coalesce(o.name, lead.outlet_id) AS first_outlet, s.first_reported_at, s.last_reported_at,
       s.first_reported_at::DATE AS report_date, s.article_count, s.outlet_count, s.independent_count, s.languages,
       leads.relevance_level, leads.relevance_score,
       coalesce(t.topics, []) AS topics, coalesce(a.actors, []) AS actors, p.outlets, leads.lead_article_id
FROM core.stories s
JOIN leads ON leads.story_id = s.story_id
JOIN articles lead ON lead.article_id = leads.lead_article_id
LEFT JOIN core.outlets o ON o.outlet_id = lead.outlet_id
LEFT JOIN topics t ON t.story_id = s.story_id
LEFT JOIN actors a ON a.story_id = s.story_id
LEFT JOIN publishers p ON p.story_id = s.story_id
WHERE s.is_relevant AND s.merged_into_story_id IS NULL;
COMMENT ON VIEW mart.stories IS 'The relevant stories, a row each';
COMMENT ON COLUMN mart.stories.story_id IS 'The story (core.stories)';
COMMENT ON COLUMN mart.stories.headline IS 'Headline of its first article';
COMMENT ON COLUMN mart.stories.summary IS 'Summary of its lead article: the first relevant one that is no copy';
COMMENT ON COLUMN mart.stories.url IS 'Address of the lead article';
COMMENT ON COLUMN mart.stories.first_outlet IS 'Publisher of the lead article';
COMMENT ON COLUMN mart.stories.first_reported_at IS 'Earliest report (UTC)';
COMMENT ON COLUMN mart.stories.last_reported_at IS 'Latest report (UTC)';
COMMENT ON COLUMN mart.stories.report_date IS 'Day of the earliest report (UTC)';
COMMENT ON COLUMN mart.stories.article_count IS 'Articles that report it';
COMMENT ON COLUMN mart.stories.outlet_count IS 'Publishers that report it';
COMMENT ON COLUMN mart.stories.independent_count IS 'Articles, copies counted once, and so are those of one news agency';
COMMENT ON COLUMN mart.stories.languages IS 'Languages of the articles';
COMMENT ON COLUMN mart.stories.relevance_level IS 'Highest level of its articles: 2 core, 1 related';
COMMENT ON COLUMN mart.stories.relevance_score IS 'Highest score of its articles, 0 to 1';
COMMENT ON COLUMN mart.stories.topics IS 'Topics of its articles';
COMMENT ON COLUMN mart.stories.actors IS 'Actors that its articles name';
COMMENT ON COLUMN mart.stories.outlets IS 'Publishers of its articles';
COMMENT ON COLUMN mart.stories.lead_article_id IS 'The lead article (core.articles)';

-- The articles of each relevant story in the order of reporting.
CREATE OR REPLACE VIEW mart.story_timeline AS
SELECT story_id, row_number() OVER (PARTITION BY story_id ORDER BY reported_at, article_id) AS position,
       reported_at, coalesce(o.name, a.outlet_id) AS outlet, a.language, a.title, a.canonical_url AS url,
       a.copy_of_article_id IS NOT NULL AS is_copy, a.agency, a.article_id
FROM core.articles a
LEFT JOIN core.outlets o USING (outlet_id)
SEMI JOIN mart.stories USING (story_id);
COMMENT ON VIEW mart.story_timeline IS 'The articles of each relevant story, in the order of reporting';
COMMENT ON COLUMN mart.story_timeline.story_id IS 'The story';
COMMENT ON COLUMN mart.story_timeline.position IS '1 for the first report';
COMMENT ON COLUMN mart.story_timeline.reported_at IS 'When it was reported (UTC)';
COMMENT ON COLUMN mart.story_timeline.outlet IS 'Publisher';
COMMENT ON COLUMN mart.story_timeline.language IS 'Language';
COMMENT ON COLUMN mart.story_timeline.title IS 'Headline';
COMMENT ON COLUMN mart.story_timeline.url IS 'Address';
COMMENT ON COLUMN mart.story_timeline.is_copy IS 'Whether it republishes another article''s text';
COMMENT ON COLUMN mart.story_timeline.agency IS 'News agency that published it or that it credits';
COMMENT ON COLUMN mart.story_timeline.article_id IS 'The article';

CREATE OR REPLACE VIEW mart.corroboration AS
SELECT story_id, outlet, position AS report_position, first_value(outlet) OVER reports AS first_outlet, reported_at,
       date_sub('minute', first_value(reported_at) OVER reports, reported_at) AS minutes_after_first,
       NOT is_copy AND row_number() OVER sources = 1 AS is_independent, url, article_id
FROM mart.story_timeline
WINDOW reports AS (PARTITION BY story_id ORDER BY position),
       sources AS (PARTITION BY story_id, is_copy, coalesce(agency, article_id) ORDER BY position);
COMMENT ON VIEW mart.corroboration IS 'Who reported a story first, who followed, after how long and whether in words of their own';
COMMENT ON COLUMN mart.corroboration.story_id IS 'The story';
COMMENT ON COLUMN mart.corroboration.outlet IS 'Publisher';
COMMENT ON COLUMN mart.corroboration.report_position IS '1 for the first report';
COMMENT ON COLUMN mart.corroboration.first_outlet IS 'Publisher of the first report';
COMMENT ON COLUMN mart.corroboration.reported_at IS 'When it was reported (UTC)';
COMMENT ON COLUMN mart.corroboration.minutes_after_first IS 'Whole minutes after the first report';
COMMENT ON COLUMN mart.corroboration.is_independent IS 'Whether it is no copy of another article and the first of its news agency';
COMMENT ON COLUMN mart.corroboration.url IS 'Address';
COMMENT ON COLUMN mart.corroboration.article_id IS 'The article';
