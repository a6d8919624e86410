-- What changed, what vanished, and what was known at a time.

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

-- Words are compared by how often each occurs: what one wording has more often than the other was removed or added. A word
-- that only moved is neither. It is asked of each row by itself, so that a few changes cost no look at all of them.
CREATE OR REPLACE MACRO mart.words_beyond(words, counts, other_counts) AS flatten(list_transform(
    list_filter(words, lambda word, place: list_position(words, word) = place),
    lambda word: list_resize(
        [word],
        greatest(map_extract_value(counts, word)::BIGINT - coalesce(map_extract_value(other_counts, word)::BIGINT, 0), 0),
        word
    )
));
COMMENT ON MACRO mart.words_beyond IS 'The words of a list that it holds more often than another one, in their order; both with the histogram of each';

CREATE OR REPLACE VIEW mart.wording_changes AS
WITH wordings AS (
    SELECT n.entry_id, n.revision_number, n.seen_at, unnest([
        {'field': 'title', 'old_text': coalesce(o.title, ''), 'new_text': coalesce(n.title, '')},
        {'field': 'summary', 'old_text': coalesce(o.summary_text, ''), 'new_text': coalesce(n.summary_text, '')},
        {'field': 'text', 'old_text': coalesce(o.content_text, ''), 'new_text': coalesce(n.content_text, '')}
    ], recursive := true)
    FROM raw.entry_revisions n
    JOIN raw.entry_revisions o ON o.entry_id = n.entry_id AND o.revision_number = n.revision_number - 1
    WHERE n.revision_number > 1
),
split AS (
    SELECT *, regexp_extract_all(old_text, '\S+') AS old_words, regexp_extract_all(new_text, '\S+') AS new_words
    FROM wordings WHERE old_text <> new_text
),
counted AS (
    SELECT *, list_histogram(old_words) AS old_counts, list_histogram(new_words) AS new_counts FROM split
)
SELECT c.seen_at AS changed_at, coalesce(o.name, a.outlet_id) AS outlet, c.field, c.old_text, c.new_text,
       mart.words_beyond(c.old_words, c.old_counts, c.new_counts) AS removed_words,
       mart.words_beyond(c.new_words, c.new_counts, c.old_counts) AS added_words,
       a.canonical_url AS url, a.is_relevant, e.feed_id, c.entry_id, c.revision_number, a.article_id, a.story_id
FROM counted c
JOIN raw.entries e USING (entry_id)
JOIN core.articles a USING (article_id)
LEFT JOIN core.outlets o USING (outlet_id);
COMMENT ON VIEW mart.wording_changes IS 'What publishers changed in items after they were first seen: a row for each field that got other words';
COMMENT ON COLUMN mart.wording_changes.changed_at IS 'When the new wording was first seen (UTC)';
COMMENT ON COLUMN mart.wording_changes.outlet IS 'Publisher';
COMMENT ON COLUMN mart.wording_changes.field IS 'title, summary or text';
COMMENT ON COLUMN mart.wording_changes.old_text IS 'The wording before';
COMMENT ON COLUMN mart.wording_changes.new_text IS 'The wording after';
COMMENT ON COLUMN mart.wording_changes.removed_words IS 'Words that the new wording lacks, in their order; empty where words only moved';
COMMENT ON COLUMN mart.wording_changes.added_words IS 'Words that the old wording lacked, in their order';
COMMENT ON COLUMN mart.wording_changes.url IS 'Address of the article';
COMMENT ON COLUMN mart.wording_changes.is_relevant IS 'Whether the article is relevant';
COMMENT ON COLUMN mart.wording_changes.feed_id IS 'Feed that showed it';
COMMENT ON COLUMN mart.wording_changes.entry_id IS 'Entry that changed';
COMMENT ON COLUMN mart.wording_changes.revision_number IS 'Number of the new wording';
COMMENT ON COLUMN mart.wording_changes.article_id IS 'The article';
COMMENT ON COLUMN mart.wording_changes.story_id IS 'Its story';

CREATE OR REPLACE VIEW mart.headline_changes AS
SELECT changed_at, outlet, old_text AS old_title, new_text AS new_title, removed_words, added_words, url, is_relevant,
       feed_id, entry_id, revision_number, article_id, story_id
FROM mart.wording_changes
WHERE field = 'title';
COMMENT ON VIEW mart.headline_changes IS 'Headlines that a publisher changed: old and new wording side by side';
COMMENT ON COLUMN mart.headline_changes.changed_at IS 'When the new wording was first seen (UTC)';
COMMENT ON COLUMN mart.headline_changes.outlet IS 'Publisher';
COMMENT ON COLUMN mart.headline_changes.old_title IS 'The wording before';
COMMENT ON COLUMN mart.headline_changes.new_title IS 'The wording after';
COMMENT ON COLUMN mart.headline_changes.removed_words IS 'Words that the new headline lacks, in their order; empty where words only moved';
COMMENT ON COLUMN mart.headline_changes.added_words IS 'Words that the old headline lacked, in their order';
COMMENT ON COLUMN mart.headline_changes.url IS 'Address of the article';
COMMENT ON COLUMN mart.headline_changes.is_relevant IS 'Whether the article is relevant';
COMMENT ON COLUMN mart.headline_changes.feed_id IS 'Feed that showed it';
COMMENT ON COLUMN mart.headline_changes.entry_id IS 'Entry that changed';
COMMENT ON COLUMN mart.headline_changes.revision_number IS 'Number of the new wording';
COMMENT ON COLUMN mart.headline_changes.article_id IS 'The article';
COMMENT ON COLUMN mart.headline_changes.story_id IS 'Its story';

-- A feed shows its latest items, so that an item leaves when newer ones push it out, and older ones leave before it. An
-- item that leaves while the older ones next to it stay was taken out. One pinned item must not tell of that, nor a feed
-- without such an order (the most read, a front page): hence three neighbours, and what else left the feed that way.
CREATE OR REPLACE VIEW mart.withdrawn_items AS
WITH polls AS (
    SELECT feed_id, started_at AS missed_at, outcome, entry_count,
           count(*) OVER (PARTITION BY feed_id ORDER BY started_at DESC) AS missing_count
    FROM raw.fetches WHERE outcome <> 'failed'
),
documents AS (
    SELECT * FROM polls WHERE outcome = 'fetched' AND entry_count > 0
),
-- Older by the feed's own dates; where it gives none, by when items were first seen. A date in the future tells nothing.
dated AS (
    SELECT e.entry_id, e.feed_id, e.first_seen_at, e.last_seen_at, r.published_at IS NOT NULL AS has_date,
           coalesce(r.published_at, e.first_seen_at) AS dated_at
    FROM raw.entries e JOIN raw.entry_revisions r ON r.entry_id = e.entry_id AND r.revision_number = 1
    WHERE e.feed_id IN (SELECT feed_id FROM documents) AND dated_at <= e.first_seen_at + INTERVAL 15 MINUTE
),
-- Each entry with its place in its feed, and when the last of the ten that are next older was seen.
placed AS (
    SELECT *, row_number() OVER places AS place, max(last_seen_at) OVER (
        places ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING
    ) AS older_seen_at
    FROM dated WINDOW places AS (PARTITION BY feed_id, has_date ORDER BY dated_at, entry_id)
),
-- What is no longer shown while an older one was, with the first document that lacks it and the number of polls since.
suspect AS (
    SELECT p.*, d.missed_at, d.missing_count
    FROM placed p ASOF JOIN documents d ON d.feed_id = p.feed_id AND d.missed_at > p.last_seen_at
    WHERE p.older_seen_at > p.last_seen_at
),
judged AS (
    SELECT s.entry_id, s.feed_id, s.first_seen_at, s.last_seen_at, s.missed_at, s.missing_count,
           count(*) AS older_count, count(*) FILTER (n.last_seen_at >= s.missed_at) AS older_kept_count
    FROM (SELECT *, unnest(range(1, 11)) AS distance FROM suspect) s
    JOIN placed n ON n.feed_id = s.feed_id AND n.has_date = s.has_date AND n.place = s.place - s.distance
    WHERE n.dated_at < s.dated_at AND n.first_seen_at <= s.last_seen_at AND n.last_seen_at >= s.last_seen_at
    GROUP BY ALL
    HAVING older_kept_count >= 3 AND older_kept_count >= 0.8 * older_count
),
gone AS (
    SELECT feed_id, count(*) AS feed_gone_count
    FROM dated JOIN (SELECT feed_id, max(missed_at) AS newest_at FROM documents GROUP BY feed_id) USING (feed_id)
    WHERE last_seen_at < newest_at GROUP BY feed_id
),
counted AS (
    SELECT j.*, g.feed_gone_count, count(*) OVER (PARTITION BY j.feed_id) AS feed_withdrawn_count
    FROM judged j JOIN gone g USING (feed_id)
)
SELECT c.missed_at, c.last_seen_at, c.first_seen_at, coalesce(o.name, a.outlet_id) AS outlet, r.title,
       a.canonical_url AS url, a.is_relevant, c.older_count, c.older_kept_count, c.missing_count, c.feed_gone_count,
       c.feed_withdrawn_count,
       EXISTS (FROM raw.entries l WHERE l.article_id = e.article_id AND l.last_seen_at >= c.missed_at)
           AS is_shown_elsewhere,
       c.feed_id, c.entry_id, e.article_id, a.story_id
FROM counted c
JOIN raw.entries e ON e.entry_id = c.entry_id
JOIN raw.entry_revisions r ON r.entry_id = e.entry_id AND r.revision_number = e.revision_count
JOIN core.articles a ON a.article_id = e.article_id
LEFT JOIN core.outlets o ON o.outlet_id = a.outlet_id
WHERE c.missing_count >= 2 AND c.feed_withdrawn_count <= greatest(2, 0.2 * c.feed_gone_count);
COMMENT ON VIEW mart.withdrawn_items IS 'Items that a feed no longer shows though it went on showing at least three of the ten next older ones, and four in five of those that stood beside it: taken out, not pushed out. It must be missing on two polls. Feeds that lose more than a fifth of their items that way have no order to judge by and are left out';
COMMENT ON COLUMN mart.withdrawn_items.missed_at IS 'Fetch of the first document without it (UTC)';
COMMENT ON COLUMN mart.withdrawn_items.last_seen_at IS 'Fetch of the last new document with it (UTC)';
COMMENT ON COLUMN mart.withdrawn_items.first_seen_at IS 'Fetch of the first document with it (UTC)';
COMMENT ON COLUMN mart.withdrawn_items.outlet IS 'Publisher';
COMMENT ON COLUMN mart.withdrawn_items.title IS 'Its last headline';
COMMENT ON COLUMN mart.withdrawn_items.url IS 'Address of the article';
COMMENT ON COLUMN mart.withdrawn_items.is_relevant IS 'Whether the article is relevant';
COMMENT ON COLUMN mart.withdrawn_items.older_count IS 'Of the ten next older items of the feed, those that stood beside it when it was last seen';
COMMENT ON COLUMN mart.withdrawn_items.older_kept_count IS 'Those of them that were still shown when it was missed';
COMMENT ON COLUMN mart.withdrawn_items.missing_count IS 'Successful polls since that did not show it';
COMMENT ON COLUMN mart.withdrawn_items.feed_gone_count IS 'Items that the feed no longer shows';
COMMENT ON COLUMN mart.withdrawn_items.feed_withdrawn_count IS 'Those of them that left while older ones stayed';
COMMENT ON COLUMN mart.withdrawn_items.is_shown_elsewhere IS 'Whether another item, of this feed or another, still leads to the article';
COMMENT ON COLUMN mart.withdrawn_items.feed_id IS 'Feed that showed it';
COMMENT ON COLUMN mart.withdrawn_items.entry_id IS 'The item';
COMMENT ON COLUMN mart.withdrawn_items.article_id IS 'The article';
COMMENT ON COLUMN mart.withdrawn_items.story_id IS 'Its story';

-- The words that an article showed at a time are those of the entry it showed then, in the wording it had then. Of labels
-- and stories only the present state is stored.
CREATE OR REPLACE MACRO mart.articles_as_of(ts) AS TABLE
WITH shown AS (
    SELECT article_id, arg_min(entry_id, (priority, entry_id)) AS entry_id
    FROM raw.entries WHERE first_seen_at <= ts GROUP BY article_id
),
wordings AS (
    SELECT entry_id, revision_number, title, summary_text, seen_at FROM raw.entry_revisions
    WHERE seen_at <= ts
    QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY revision_number DESC) = 1
)
SELECT a.article_id, a.story_id, a.outlet_id, coalesce(o.name, a.outlet_id) AS outlet, a.language, w.title,
       w.summary_text AS summary, a.canonical_url AS url, a.reported_at, a.first_seen_at, w.seen_at AS worded_at,
       original.article_id IS NOT NULL AS is_copy, a.agency, a.is_relevant, a.relevance_level
FROM core.articles a
JOIN shown USING (article_id)
JOIN wordings w ON w.entry_id = shown.entry_id
LEFT JOIN core.outlets o ON o.outlet_id = a.outlet_id
LEFT JOIN core.articles original ON original.article_id = a.copy_of_article_id AND original.first_seen_at <= ts
WHERE a.first_seen_at <= ts;
COMMENT ON MACRO TABLE mart.articles_as_of IS 'The articles that had been seen by a time (UTC), each in the words it had then; a copy only if its original had been seen; labels and stories are those of today''s rules';

CREATE OR REPLACE MACRO mart.stories_as_of(ts) AS TABLE
SELECT story_id, arg_min(title, (reported_at, article_id)) AS headline,
       min(reported_at) AS first_reported_at, max(reported_at) AS last_reported_at,
       count(*) AS article_count, count(DISTINCT outlet_id) AS outlet_count,
       count(DISTINCT coalesce(agency, article_id)) FILTER (NOT is_copy) AS independent_count,
       list_sort(list(DISTINCT outlet)) AS outlets,
       coalesce(list_sort(list(DISTINCT language) FILTER (language IS NOT NULL)), []) AS languages,
       max(relevance_level) AS relevance_level
FROM mart.articles_as_of(ts)
GROUP BY story_id
HAVING bool_or(is_relevant);
COMMENT ON MACRO TABLE mart.stories_as_of IS 'The relevant stories as they were known at a time (UTC), with the headlines and counts of then; labels and stories are those of today''s rules';
