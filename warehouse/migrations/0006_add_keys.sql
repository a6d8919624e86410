-- Look-ups: a number made of each id, for whether an id is there at all can only be told by going through all of them,
-- and numbers are read in a fifth of the time. Where a row lies, its time says: statements name both.

CREATE MACRO core.key(id) AS (md5_number_lower(id) >> 1)::BIGINT;

ALTER TABLE raw.entries ADD COLUMN entry_key BIGINT;
ALTER TABLE raw.entries ADD COLUMN article_key BIGINT;
ALTER TABLE core.articles ADD COLUMN article_key BIGINT;
ALTER TABLE core.article_urls ADD COLUMN article_key BIGINT;
ALTER TABLE core.stories ADD COLUMN story_key BIGINT;

UPDATE raw.entries SET entry_key = core.key(entry_id), article_key = core.key(article_id);
UPDATE core.articles SET article_key = core.key(article_id);
UPDATE core.article_urls SET article_key = core.key(article_id);
UPDATE core.stories SET story_key = core.key(story_id);

COMMENT ON MACRO core.key IS 'A number made of an id, the same for all versions of DuckDB';
COMMENT ON COLUMN raw.entries.entry_key IS 'core.key of entry_id, which is faster to look for';
COMMENT ON COLUMN raw.entries.article_key IS 'core.key of article_id, which is faster to look for';
COMMENT ON COLUMN core.articles.article_key IS 'core.key of article_id, which is faster to look for';
COMMENT ON COLUMN core.article_urls.article_key IS 'core.key of article_id, which is faster to look for';
COMMENT ON COLUMN core.stories.story_key IS 'core.key of story_id, which is faster to look for';
