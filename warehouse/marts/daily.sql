-- Counts by day, for charts.
CREATE OR REPLACE VIEW mart.daily_topics AS
SELECT reported_at::DATE AS report_date, topic, count(DISTINCT story_id) AS story_count,
       count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count
FROM core.article_topics JOIN core.articles USING (article_id)
GROUP BY ALL;
COMMENT ON VIEW mart.daily_topics IS 'Relevant reporting by day and topic';
COMMENT ON COLUMN mart.daily_topics.report_date IS 'Day (UTC)';
COMMENT ON COLUMN mart.daily_topics.topic IS 'Topic (core.topics)';
COMMENT ON COLUMN mart.daily_topics.story_count IS 'Stories with an article on it that day';
COMMENT ON COLUMN mart.daily_topics.article_count IS 'Articles';
COMMENT ON COLUMN mart.daily_topics.outlet_count IS 'Publishers';

CREATE OR REPLACE VIEW mart.daily_outlets AS
SELECT reported_at::DATE AS report_date, outlet_id, coalesce(o.name, outlet_id) AS outlet, o.country, o.kind,
       o.state_affiliated, count(*) AS article_count, count(*) FILTER (is_relevant) AS relevant_count
FROM core.articles LEFT JOIN core.outlets o USING (outlet_id)
GROUP BY ALL;
COMMENT ON VIEW mart.daily_outlets IS 'Reporting by day and publisher';
COMMENT ON COLUMN mart.daily_outlets.report_date IS 'Day (UTC)';
COMMENT ON COLUMN mart.daily_outlets.outlet_id IS 'Publisher';
COMMENT ON COLUMN mart.daily_outlets.outlet IS 'Its name';
COMMENT ON COLUMN mart.daily_outlets.country IS 'Its country';
COMMENT ON COLUMN mart.daily_outlets.kind IS 'Its kind';
COMMENT ON COLUMN mart.daily_outlets.state_affiliated IS 'Owned or directed by a state';
COMMENT ON COLUMN mart.daily_outlets.article_count IS 'Articles, relevant or not';
COMMENT ON COLUMN mart.daily_outlets.relevant_count IS 'Relevant articles';

CREATE OR REPLACE VIEW mart.headline_changes AS
WITH wordings AS (
    SELECT entry_id, revision_number, title, seen_at,
           lag(title) OVER (PARTITION BY entry_id ORDER BY revision_number) AS old_title
    FROM raw.entry_revisions
)
SELECT seen_at AS changed_at, coalesce(o.name, a.outlet_id) AS outlet, old_title, w.title AS new_title,
       a.canonical_url AS url, a.is_relevant, e.feed_id, w.entry_id, w.revision_number, a.article_id, a.story_id
FROM wordings w
JOIN raw.entries e USING (entry_id)
JOIN core.articles a USING (article_id)
LEFT JOIN core.outlets o USING (outlet_id)
WHERE old_title IS DISTINCT FROM w.title AND w.revision_number > 1;
COMMENT ON VIEW mart.headline_changes IS 'Headlines that a publisher changed: old and new wording side by side';
COMMENT ON COLUMN mart.headline_changes.changed_at IS 'When the new wording was first seen (UTC)';
COMMENT ON COLUMN mart.headline_changes.outlet IS 'Publisher';
COMMENT ON COLUMN mart.headline_changes.old_title IS 'The wording before';
COMMENT ON COLUMN mart.headline_changes.new_title IS 'The wording after';
COMMENT ON COLUMN mart.headline_changes.url IS 'Address of the article';
COMMENT ON COLUMN mart.headline_changes.is_relevant IS 'Whether the article is relevant';
COMMENT ON COLUMN mart.headline_changes.feed_id IS 'Feed that showed it';
COMMENT ON COLUMN mart.headline_changes.entry_id IS 'Entry that changed';
COMMENT ON COLUMN mart.headline_changes.revision_number IS 'Number of the new wording';
COMMENT ON COLUMN mart.headline_changes.article_id IS 'The article';
COMMENT ON COLUMN mart.headline_changes.story_id IS 'Its story';

CREATE OR REPLACE VIEW mart.revisions AS
WITH wordings AS (
    SELECT entry_id, revision_number, seen_at, title, summary_text, lag(title) OVER earlier AS old_title,
           lag(summary_text) OVER earlier AS old_summary
    FROM raw.entry_revisions
    WINDOW earlier AS (PARTITION BY entry_id ORDER BY revision_number)
)
SELECT seen_at AS changed_at, coalesce(o.name, a.outlet_id) AS outlet, old_title, w.title AS new_title, old_summary,
       w.summary_text AS new_summary, e.feed_id, w.entry_id, w.revision_number, a.article_id, a.story_id
FROM wordings w
JOIN raw.entries e USING (entry_id)
JOIN core.articles a USING (article_id)
LEFT JOIN core.outlets o USING (outlet_id)
WHERE w.revision_number > 1
AND (old_title IS DISTINCT FROM w.title OR coalesce(old_summary, '') <> coalesce(w.summary_text, ''));
COMMENT ON VIEW mart.revisions IS 'Headlines and summaries that a publisher changed: old and new wording side by side';
COMMENT ON COLUMN mart.revisions.changed_at IS 'When the new wording was first seen (UTC)';
COMMENT ON COLUMN mart.revisions.outlet IS 'Publisher';
COMMENT ON COLUMN mart.revisions.old_title IS 'Headline before';
COMMENT ON COLUMN mart.revisions.new_title IS 'Headline after';
COMMENT ON COLUMN mart.revisions.old_summary IS 'Summary before';
COMMENT ON COLUMN mart.revisions.new_summary IS 'Summary after';
COMMENT ON COLUMN mart.revisions.feed_id IS 'Feed that showed it';
COMMENT ON COLUMN mart.revisions.entry_id IS 'Entry that changed';
COMMENT ON COLUMN mart.revisions.revision_number IS 'Number of the new wording';
COMMENT ON COLUMN mart.revisions.article_id IS 'The article';
COMMENT ON COLUMN mart.revisions.story_id IS 'Its story';
