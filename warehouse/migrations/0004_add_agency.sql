-- The news agency that a text comes from, so that it counts once in a story in whatever words it was printed. Articles that
-- are stored get theirs with their next wording, or by `usven replay`.
ALTER TABLE core.articles ADD COLUMN agency VARCHAR;
COMMENT ON COLUMN core.articles.agency IS 'News agency that published it or that it credits; of grouped articles alone';
COMMENT ON COLUMN core.stories.independent_count IS 'Articles in it, copies counted once, and so are those of one news agency';

COMMENT ON TABLE core.article_vectors IS 'The meaning of a grouped article''s headline and lead, as a vector';
