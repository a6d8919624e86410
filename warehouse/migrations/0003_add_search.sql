-- Search: the words of an article as they are looked for, kept by every load. A table and no index of an extension: it is
-- read with plain SQL, on a published copy too, by every version of DuckDB and on DuckLake.

CREATE MACRO core.words(t) AS regexp_replace(
    -- As the tagger folds: nothing invisible, lower case, no accents, plain forms of wide letters and of the long s.
    translate(
        lower(strip_accents(regexp_replace(
            ' ' || coalesce(t, '') || ' ', '[\x{00ad}\x{0300}-\x{036f}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]', '', 'g'
        ))),
        'ſẛ０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ',
        'ss0123456789abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'
    ),
    '[^\p{L}\p{M}\p{N}]+', ' ', 'g'
);
COMMENT ON MACRO core.words IS 'The words of a text as search sees them: lower case, no accents, one space before and after each';

CREATE TABLE core.article_words (article_id VARCHAR, words VARCHAR, word_count INTEGER);
COMMENT ON TABLE core.article_words IS 'The words of an article that can be searched: the relevant ones, or all with USVEN_SEARCH=all';
COMMENT ON COLUMN core.article_words.article_id IS 'The article';
COMMENT ON COLUMN core.article_words.words IS 'core.words of its title, summary and full text, with | between them';
COMMENT ON COLUMN core.article_words.word_count IS 'How many words these are';

INSERT INTO core.article_words
SELECT article_id, words, length(words) - length(replace(words, ' ', '')) - 3
FROM (
    SELECT article_id,
           core.words(title) || '|' || core.words(summary_text) || '|' || core.words(full_text) AS words
    FROM core.articles WHERE is_relevant
);
