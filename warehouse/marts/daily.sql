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
       o.state_affiliated, o.exile_url IS NOT NULL AS is_exiled, count(*) AS article_count,
       count(*) FILTER (is_relevant) AS relevant_count
FROM core.articles LEFT JOIN core.outlets o USING (outlet_id)
GROUP BY ALL;
COMMENT ON VIEW mart.daily_outlets IS 'Reporting by day and publisher';
COMMENT ON COLUMN mart.daily_outlets.report_date IS 'Day (UTC)';
COMMENT ON COLUMN mart.daily_outlets.outlet_id IS 'Publisher';
COMMENT ON COLUMN mart.daily_outlets.outlet IS 'Its name';
COMMENT ON COLUMN mart.daily_outlets.country IS 'Its country';
COMMENT ON COLUMN mart.daily_outlets.kind IS 'Its kind';
COMMENT ON COLUMN mart.daily_outlets.state_affiliated IS 'Owned or directed by a state';
COMMENT ON COLUMN mart.daily_outlets.is_exiled IS 'Whether it works from abroad since it had to leave its country';
COMMENT ON COLUMN mart.daily_outlets.article_count IS 'Articles, relevant or not';
COMMENT ON COLUMN mart.daily_outlets.relevant_count IS 'Relevant articles';
