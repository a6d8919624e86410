-- The first schema. No keys or constraints: both warehouses, DuckDB and DuckLake, keep uniqueness by the way rows
-- are written (an anti-join in the load's transaction), and `usven check` proves it.

CREATE SCHEMA raw;
CREATE SCHEMA core;
CREATE SCHEMA mart;

-- raw ---------------------------------------------------------------------------------------------------------

CREATE TABLE raw.feeds (
    feed_id VARCHAR, url VARCHAR, outlet_id VARCHAR, language VARCHAR, origin VARCHAR, is_enabled BOOLEAN,
    etag VARCHAR, last_modified VARCHAR, last_body_sha256 VARCHAR, next_poll_at TIMESTAMP,
    poll_interval_seconds DOUBLE, consecutive_failures INTEGER, last_success_at TIMESTAMP,
    last_full_fetch_at TIMESTAMP, last_new_entry_at TIMESTAMP, news_gap_seconds DOUBLE,
    redirect_url VARCHAR, redirect_count INTEGER,
    status VARCHAR, status_reason VARCHAR, catalogue_sha256 VARCHAR
);
COMMENT ON TABLE raw.feeds IS 'A feed and its poll state';
COMMENT ON COLUMN raw.feeds.feed_id IS 'Key of the feed, from the catalogue or derived from its URL';
COMMENT ON COLUMN raw.feeds.url IS 'Address that is polled';
COMMENT ON COLUMN raw.feeds.outlet_id IS 'Publisher of the feed (core.outlets)';
COMMENT ON COLUMN raw.feeds.language IS 'Language the feed is expected in, ISO 639-1';
COMMENT ON COLUMN raw.feeds.origin IS 'catalogue: polled by the schedule; file: polled only when its file is run; import: a file of items; removed: no longer in the catalogue';
COMMENT ON COLUMN raw.feeds.is_enabled IS 'Whether the feed is polled at all';
COMMENT ON COLUMN raw.feeds.etag IS 'ETag of the last body that was loaded, verbatim';
COMMENT ON COLUMN raw.feeds.last_modified IS 'Last-Modified of the last body that was loaded, verbatim';
COMMENT ON COLUMN raw.feeds.last_body_sha256 IS 'SHA-256 of the last body that was loaded';
COMMENT ON COLUMN raw.feeds.next_poll_at IS 'When the feed is due again (UTC)';
COMMENT ON COLUMN raw.feeds.poll_interval_seconds IS 'Interval that the feed''s habits have led to, in seconds';
COMMENT ON COLUMN raw.feeds.consecutive_failures IS 'Failed polls since the last success';
COMMENT ON COLUMN raw.feeds.last_success_at IS 'Last poll that brought a body or a 304 (UTC)';
COMMENT ON COLUMN raw.feeds.last_full_fetch_at IS 'Last poll that brought a whole body (UTC); after a week it is asked for without validators, because some never change';
COMMENT ON COLUMN raw.feeds.last_new_entry_at IS 'Last poll that brought an entry not seen before (UTC)';
COMMENT ON COLUMN raw.feeds.news_gap_seconds IS 'Running mean of the time between polls with something new, in seconds';
COMMENT ON COLUMN raw.feeds.redirect_url IS 'Target of the permanent redirect seen on the last redirect_count polls';
COMMENT ON COLUMN raw.feeds.redirect_count IS 'Polls in a row that were permanently redirected to redirect_url';
COMMENT ON COLUMN raw.feeds.status IS 'ok, failing, quiet, gone or disabled';
COMMENT ON COLUMN raw.feeds.status_reason IS 'Why the status is what it is, in words';
COMMENT ON COLUMN raw.feeds.catalogue_sha256 IS 'Hash of the catalogue''s row when it was last applied: an edited row is applied anew';

CREATE TABLE raw.runs (
    run_id VARCHAR, flow VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, status VARCHAR, message VARCHAR,
    due_count INTEGER, fetched_count INTEGER, not_modified_count INTEGER, unchanged_count INTEGER,
    failed_count INTEGER, entries_seen_count INTEGER, entries_new_count INTEGER, entries_revised_count INTEGER,
    articles_new_count INTEGER, stories_new_count INTEGER, relevant_new_count INTEGER, events_new_count INTEGER,
    prefect_flow_run_id VARCHAR, code_version VARCHAR, rules_version VARCHAR
);
COMMENT ON TABLE raw.runs IS 'A run of a flow';
COMMENT ON COLUMN raw.runs.run_id IS 'Key of the run; sorts by time';
COMMENT ON COLUMN raw.runs.flow IS 'monitor, import, fulltext, replay, …';
COMMENT ON COLUMN raw.runs.started_at IS 'Start (UTC)';
COMMENT ON COLUMN raw.runs.finished_at IS 'End (UTC); empty while it runs; for one that was killed, when the next run found it';
COMMENT ON COLUMN raw.runs.status IS 'running, completed, failed, cancelled or crashed (found unfinished by a later run)';
COMMENT ON COLUMN raw.runs.message IS 'The outcome in words';
COMMENT ON COLUMN raw.runs.due_count IS 'Feeds that were due; pages to ask for (fulltext)';
COMMENT ON COLUMN raw.runs.fetched_count IS 'Feeds that brought a new body; pages that gave their text (fulltext)';
COMMENT ON COLUMN raw.runs.not_modified_count IS 'Feeds that answered 304';
COMMENT ON COLUMN raw.runs.unchanged_count IS 'Feeds that sent a body already known';
COMMENT ON COLUMN raw.runs.failed_count IS 'Feeds that failed; pages that failed (fulltext)';
COMMENT ON COLUMN raw.runs.entries_seen_count IS 'Entries in the new bodies';
COMMENT ON COLUMN raw.runs.entries_new_count IS 'Entries not seen before';
COMMENT ON COLUMN raw.runs.entries_revised_count IS 'Entries seen before in other words';
COMMENT ON COLUMN raw.runs.articles_new_count IS 'Articles not seen before';
COMMENT ON COLUMN raw.runs.stories_new_count IS 'Stories not seen before';
COMMENT ON COLUMN raw.runs.relevant_new_count IS 'New articles that are relevant';
COMMENT ON COLUMN raw.runs.events_new_count IS 'Coded events not seen before';
COMMENT ON COLUMN raw.runs.prefect_flow_run_id IS 'The Prefect flow run, where there was a server';
COMMENT ON COLUMN raw.runs.code_version IS 'Version of usven';
COMMENT ON COLUMN raw.runs.rules_version IS 'Version of the tagging rules';

CREATE TABLE raw.batches (batch_id VARCHAR, run_id VARCHAR, loaded_at TIMESTAMP, entry_count INTEGER);
COMMENT ON TABLE raw.batches IS 'A batch of the raw archive''s journal that has been loaded, in one transaction';
COMMENT ON COLUMN raw.batches.batch_id IS 'Name of the batch in the journal; sorts by time';
COMMENT ON COLUMN raw.batches.run_id IS 'The run that loaded it';
COMMENT ON COLUMN raw.batches.loaded_at IS 'When it was loaded (UTC)';
COMMENT ON COLUMN raw.batches.entry_count IS 'Entries seen in it';

CREATE TABLE raw.fetches (
    run_id VARCHAR, feed_id VARCHAR, started_at TIMESTAMP, seconds DOUBLE, outcome VARCHAR, http_status INTEGER,
    bytes_received BIGINT, body_sha256 VARCHAR, entry_count INTEGER, new_entry_count INTEGER, error_kind VARCHAR,
    error_message VARCHAR, redirected_to_url VARCHAR, retry_after_seconds DOUBLE, problems VARCHAR[]
);
COMMENT ON TABLE raw.fetches IS 'One attempt at one feed';
COMMENT ON COLUMN raw.fetches.run_id IS 'The run that made it';
COMMENT ON COLUMN raw.fetches.feed_id IS 'The feed';
COMMENT ON COLUMN raw.fetches.started_at IS 'Start (UTC)';
COMMENT ON COLUMN raw.fetches.seconds IS 'Duration, redirects and body included';
COMMENT ON COLUMN raw.fetches.outcome IS 'fetched, not_modified, unchanged (a body already known) or failed';
COMMENT ON COLUMN raw.fetches.http_status IS 'Last HTTP status; empty where no answer came';
COMMENT ON COLUMN raw.fetches.bytes_received IS 'Bytes of body on the wire';
COMMENT ON COLUMN raw.fetches.body_sha256 IS 'The body in the raw archive';
COMMENT ON COLUMN raw.fetches.entry_count IS 'Entries in the body; empty where it was not parsed';
COMMENT ON COLUMN raw.fetches.new_entry_count IS 'Entries in it that had not been seen before';
COMMENT ON COLUMN raw.fetches.error_kind IS 'Short code of what failed';
COMMENT ON COLUMN raw.fetches.error_message IS 'What failed and what can be done, in words; secrets masked';
COMMENT ON COLUMN raw.fetches.redirected_to_url IS 'Address that answered in the end, where it was another';
COMMENT ON COLUMN raw.fetches.retry_after_seconds IS 'Wait that the server asked for';
COMMENT ON COLUMN raw.fetches.problems IS 'What had to be repaired or left out of the body, in words';

CREATE TABLE raw.feed_moves (feed_id VARCHAR, moved_at TIMESTAMP, from_url VARCHAR, to_url VARCHAR, reason VARCHAR);
COMMENT ON TABLE raw.feed_moves IS 'A permanent redirect that was adopted as the feed''s new address';
COMMENT ON COLUMN raw.feed_moves.feed_id IS 'The feed';
COMMENT ON COLUMN raw.feed_moves.moved_at IS 'When it was adopted (UTC)';
COMMENT ON COLUMN raw.feed_moves.from_url IS 'The address before';
COMMENT ON COLUMN raw.feed_moves.to_url IS 'The address since';
COMMENT ON COLUMN raw.feed_moves.reason IS 'Why it was adopted, in words';

CREATE TABLE raw.entries (
    entry_id VARCHAR, feed_id VARCHAR, guid VARCHAR, link VARCHAR, article_id VARCHAR, title VARCHAR, priority INTEGER,
    first_seen_at TIMESTAMP, last_seen_at TIMESTAMP, revision_count INTEGER, wording_sha256 VARCHAR,
    identity_reason VARCHAR, article_reason VARCHAR
);
COMMENT ON TABLE raw.entries IS 'One item of one feed';
COMMENT ON COLUMN raw.entries.entry_id IS 'Hash of the feed and the item''s identity in it';
COMMENT ON COLUMN raw.entries.feed_id IS 'The feed';
COMMENT ON COLUMN raw.entries.guid IS 'Identifier that the feed gives it';
COMMENT ON COLUMN raw.entries.link IS 'Link that it was first seen with, absolute; it names the article';
COMMENT ON COLUMN raw.entries.article_id IS 'The page it stands for (core.articles)';
COMMENT ON COLUMN raw.entries.title IS 'Headline that it was first seen with; raw.entry_revisions has the later ones';
COMMENT ON COLUMN raw.entries.priority IS 'Which entry''s words the article shows: the least, then the least entry_id. 0 or 1: the feed of the page''s own outlet, with or without a summary; 2 or 3: another''s';
COMMENT ON COLUMN raw.entries.first_seen_at IS 'When it was first seen (UTC)';
COMMENT ON COLUMN raw.entries.last_seen_at IS 'When it was last seen in a new body (UTC)';
COMMENT ON COLUMN raw.entries.revision_count IS 'Wordings seen so far';
COMMENT ON COLUMN raw.entries.wording_sha256 IS 'Hash of its newest wording';
COMMENT ON COLUMN raw.entries.identity_reason IS 'Why items of this feed are taken for this entry';
COMMENT ON COLUMN raw.entries.article_reason IS 'Why it is taken for this article';

CREATE TABLE raw.entry_revisions (
    entry_id VARCHAR, revision_number INTEGER, title VARCHAR, summary_text VARCHAR, content_text VARCHAR,
    authors VARCHAR[], categories VARCHAR[], language VARCHAR, published_at TIMESTAMP, updated_at TIMESTAMP,
    seen_at TIMESTAMP, body_sha256 VARCHAR, wording_sha256 VARCHAR
);
COMMENT ON TABLE raw.entry_revisions IS 'One wording of an entry; never overwritten';
COMMENT ON COLUMN raw.entry_revisions.entry_id IS 'The entry';
COMMENT ON COLUMN raw.entry_revisions.revision_number IS '1 for the first wording seen';
COMMENT ON COLUMN raw.entry_revisions.title IS 'Headline, plain text';
COMMENT ON COLUMN raw.entry_revisions.summary_text IS 'Summary, plain text';
COMMENT ON COLUMN raw.entry_revisions.content_text IS 'Full content where the feed carries it, plain text';
COMMENT ON COLUMN raw.entry_revisions.authors IS 'Authors as the feed names them';
COMMENT ON COLUMN raw.entry_revisions.categories IS 'Categories as the feed names them';
COMMENT ON COLUMN raw.entry_revisions.language IS 'Language that the item or its feed declares';
COMMENT ON COLUMN raw.entry_revisions.published_at IS 'Date of publication as the feed says it (UTC)';
COMMENT ON COLUMN raw.entry_revisions.updated_at IS 'Date of the last change as the feed says it (UTC)';
COMMENT ON COLUMN raw.entry_revisions.seen_at IS 'When this wording was first seen (UTC)';
COMMENT ON COLUMN raw.entry_revisions.body_sha256 IS 'The raw document it came from';
COMMENT ON COLUMN raw.entry_revisions.wording_sha256 IS 'Hash of title, summary and content';

CREATE TABLE raw.pages (
    article_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP, attempt_number INTEGER, url VARCHAR, outcome VARCHAR,
    kind VARCHAR, reason VARCHAR, method VARCHAR, title VARCHAR, http_status INTEGER, seconds DOUBLE,
    bytes_received BIGINT, body_sha256 VARCHAR, led_to_url VARCHAR, retry_at TIMESTAMP
);
COMMENT ON TABLE raw.pages IS 'One attempt at the page of an article, for its full text';
COMMENT ON COLUMN raw.pages.article_id IS 'The article';
COMMENT ON COLUMN raw.pages.run_id IS 'The run that made it';
COMMENT ON COLUMN raw.pages.fetched_at IS 'Start of the request that ended it; the time of the decision where none was made (UTC)';
COMMENT ON COLUMN raw.pages.attempt_number IS '1 for the first attempt at the article';
COMMENT ON COLUMN raw.pages.url IS 'Address that answered last, or that was not asked';
COMMENT ON COLUMN raw.pages.outcome IS 'text; wall (the summary stays); opted_out (the publisher keeps robots from using it); disallowed (by robots.txt, nothing was asked); no_text; merged (its address leads to another article); failed';
COMMENT ON COLUMN raw.pages.kind IS 'Short code of why there is no text: paywall, consent, login, bot_wall, too_short, http_404, …';
COMMENT ON COLUMN raw.pages.reason IS 'Why there is no text, in words';
COMMENT ON COLUMN raw.pages.method IS 'What told the text from the rest of the page';
COMMENT ON COLUMN raw.pages.title IS 'Title that the page gives itself';
COMMENT ON COLUMN raw.pages.http_status IS 'Last HTTP status; empty where no answer came';
COMMENT ON COLUMN raw.pages.seconds IS 'Duration of the last request';
COMMENT ON COLUMN raw.pages.bytes_received IS 'Bytes of body on the wire';
COMMENT ON COLUMN raw.pages.body_sha256 IS 'The page in the raw archive';
COMMENT ON COLUMN raw.pages.led_to_url IS 'Canonical URL that redirects led to, where it is another than the article''s';
COMMENT ON COLUMN raw.pages.retry_at IS 'When it may be asked again (UTC); empty for never';

CREATE TABLE raw.robots (
    robots_url VARCHAR, fetched_at TIMESTAMP, run_id VARCHAR, standing VARCHAR, http_status INTEGER,
    body_sha256 VARCHAR, reason VARCHAR
);
COMMENT ON TABLE raw.robots IS 'One request for a host''s robots.txt';
COMMENT ON COLUMN raw.robots.robots_url IS 'Its address';
COMMENT ON COLUMN raw.robots.fetched_at IS 'Start (UTC)';
COMMENT ON COLUMN raw.robots.run_id IS 'The run that made it';
COMMENT ON COLUMN raw.robots.standing IS 'rules (the body has them), open (there are none) or closed (nobody knows: no page of the host is asked for now)';
COMMENT ON COLUMN raw.robots.http_status IS 'Last HTTP status; empty where no answer came';
COMMENT ON COLUMN raw.robots.body_sha256 IS 'The rules in the raw archive';
COMMENT ON COLUMN raw.robots.reason IS 'What failed, in words; empty for rules';

-- core --------------------------------------------------------------------------------------------------------

CREATE TABLE core.outlets (
    outlet_id VARCHAR, name VARCHAR, country VARCHAR, kind VARCHAR, state_affiliated BOOLEAN, home_url VARCHAR,
    hosts VARCHAR[]
);
COMMENT ON TABLE core.outlets IS 'A publisher';
COMMENT ON COLUMN core.outlets.outlet_id IS 'Key of the publisher';
COMMENT ON COLUMN core.outlets.name IS 'Name as readers know it';
COMMENT ON COLUMN core.outlets.country IS 'ISO 3166 code; UN for bodies of the United Nations';
COMMENT ON COLUMN core.outlets.kind IS 'newspaper, broadcaster, wire, government, ngo, thinktank, trade, aggregator or unknown';
COMMENT ON COLUMN core.outlets.state_affiliated IS 'Owned or directed by a state; empty where it is disputed or not known';
COMMENT ON COLUMN core.outlets.home_url IS 'Home page';
COMMENT ON COLUMN core.outlets.hosts IS 'Hosts whose pages are its own, without www';

CREATE TABLE core.articles (
    article_id VARCHAR, canonical_url VARCHAR, outlet_id VARCHAR, language VARCHAR, title VARCHAR,
    summary_text VARCHAR, full_text VARCHAR, full_text_source VARCHAR, published_at TIMESTAMP,
    first_seen_at TIMESTAMP, reported_at TIMESTAMP, date_quality VARCHAR, story_id VARCHAR,
    copy_of_article_id VARCHAR, shown_entry_id VARCHAR, shown_priority INTEGER, relevance_level TINYINT,
    relevance_score DOUBLE, is_relevant BOOLEAN,
    relevance_evidence STRUCT(term VARCHAR, field VARCHAR, start_offset INTEGER, "text" VARCHAR)[],
    rules_version VARCHAR
);
COMMENT ON TABLE core.articles IS 'A published page, whichever feeds and addresses carry it';
COMMENT ON COLUMN core.articles.article_id IS 'Hash of the canonical URL';
COMMENT ON COLUMN core.articles.canonical_url IS 'The address without tracking, AMP and mobile variants; urn:usven:entry:… where an item has no link';
COMMENT ON COLUMN core.articles.outlet_id IS 'Its publisher (core.outlets)';
COMMENT ON COLUMN core.articles.language IS 'Language of the text, ISO 639-1';
COMMENT ON COLUMN core.articles.title IS 'Headline in its newest wording';
COMMENT ON COLUMN core.articles.summary_text IS 'Summary in its newest wording';
COMMENT ON COLUMN core.articles.full_text IS 'Full text, where there is one';
COMMENT ON COLUMN core.articles.full_text_source IS 'feed or page: where the full text came from';
COMMENT ON COLUMN core.articles.published_at IS 'Date of publication as the feed says it (UTC)';
COMMENT ON COLUMN core.articles.first_seen_at IS 'When any entry of it was first seen (UTC)';
COMMENT ON COLUMN core.articles.reported_at IS 'The time to plot: published_at where it is credible, else first_seen_at (UTC)';
COMMENT ON COLUMN core.articles.date_quality IS 'published, updated, absent, future or implausible: what reported_at rests on and why';
COMMENT ON COLUMN core.articles.story_id IS 'The event it reports (core.stories)';
COMMENT ON COLUMN core.articles.copy_of_article_id IS 'The article whose text it republishes';
COMMENT ON COLUMN core.articles.shown_entry_id IS 'The entry whose newest wording is shown here';
COMMENT ON COLUMN core.articles.shown_priority IS 'Priority of that entry (raw.entries.priority)';
COMMENT ON COLUMN core.articles.relevance_level IS '2 core, 1 related, 0 not relevant';
COMMENT ON COLUMN core.articles.relevance_score IS 'How sure the rules are that it is relevant, 0 to 1';
COMMENT ON COLUMN core.articles.is_relevant IS 'relevance_level >= 1';
COMMENT ON COLUMN core.articles.relevance_evidence IS 'The words that the level rests on: term, field (title, summary, text), offset in characters and the words';
COMMENT ON COLUMN core.articles.rules_version IS 'Version of the rules that labelled it';

CREATE TABLE core.article_urls (article_id VARCHAR, url VARCHAR, kind VARCHAR);
COMMENT ON TABLE core.article_urls IS 'An address that leads to an article';
COMMENT ON COLUMN core.article_urls.article_id IS 'The article';
COMMENT ON COLUMN core.article_urls.url IS 'The address as it was seen';
COMMENT ON COLUMN core.article_urls.kind IS 'canonical, tracking, amp, mobile, aggregator or redirect';

CREATE TABLE core.duplicate_links (
    left_id VARCHAR, right_id VARCHAR, level VARCHAR, similarity DOUBLE, reason VARCHAR, decided_at TIMESTAMP
);
COMMENT ON TABLE core.duplicate_links IS 'One decision that two things are the same; never deleted';
COMMENT ON COLUMN core.duplicate_links.left_id IS 'The duplicate: an entry or, where its address turned out to lead to another article, an article (level url); an article (other levels)';
COMMENT ON COLUMN core.duplicate_links.right_id IS 'What it is a duplicate of: an article';
COMMENT ON COLUMN core.duplicate_links.level IS 'identity, url, copy or story';
COMMENT ON COLUMN core.duplicate_links.similarity IS '0 to 1; 1 where the rule is exact';
COMMENT ON COLUMN core.duplicate_links.reason IS 'Why, in words';
COMMENT ON COLUMN core.duplicate_links.decided_at IS 'When it was decided (UTC)';

CREATE TABLE core.stories (
    story_id VARCHAR, headline VARCHAR, first_reported_at TIMESTAMP, last_reported_at TIMESTAMP,
    article_count INTEGER, outlet_count INTEGER, independent_count INTEGER, languages VARCHAR[],
    is_relevant BOOLEAN, merged_into_story_id VARCHAR
);
COMMENT ON TABLE core.stories IS 'An event or development, and the articles that report it';
COMMENT ON COLUMN core.stories.story_id IS 'Key; once published it always resolves';
COMMENT ON COLUMN core.stories.headline IS 'Headline of its first article';
COMMENT ON COLUMN core.stories.first_reported_at IS 'Earliest reported_at of its articles (UTC)';
COMMENT ON COLUMN core.stories.last_reported_at IS 'Latest reported_at of its articles (UTC)';
COMMENT ON COLUMN core.stories.article_count IS 'Articles in it';
COMMENT ON COLUMN core.stories.outlet_count IS 'Publishers among them';
COMMENT ON COLUMN core.stories.independent_count IS 'Articles in it, copies counted once';
COMMENT ON COLUMN core.stories.languages IS 'Languages of its articles, sorted';
COMMENT ON COLUMN core.stories.is_relevant IS 'Whether any article of it is relevant';
COMMENT ON COLUMN core.stories.merged_into_story_id IS 'The living story it was merged into; empty for a living one';

CREATE TABLE core.article_topics (
    article_id VARCHAR, topic VARCHAR,
    evidence STRUCT(term VARCHAR, field VARCHAR, start_offset INTEGER, "text" VARCHAR)[], rules_version VARCHAR
);
COMMENT ON TABLE core.article_topics IS 'A topic of a relevant article';
COMMENT ON COLUMN core.article_topics.article_id IS 'The article';
COMMENT ON COLUMN core.article_topics.topic IS 'The topic (core.topics)';
COMMENT ON COLUMN core.article_topics.evidence IS 'The words it rests on: term, field, offset in characters and the words';
COMMENT ON COLUMN core.article_topics.rules_version IS 'Version of the rules';

CREATE TABLE core.article_actors (
    article_id VARCHAR, actor_id VARCHAR, role VARCHAR, matched_text VARCHAR, field VARCHAR, start_offset INTEGER,
    rules_version VARCHAR
);
COMMENT ON TABLE core.article_actors IS 'An actor named in a relevant article, once for every place it is named';
COMMENT ON COLUMN core.article_actors.article_id IS 'The article';
COMMENT ON COLUMN core.article_actors.actor_id IS 'The actor (core.actors)';
COMMENT ON COLUMN core.article_actors.role IS 'Role of the actor at the time of the article';
COMMENT ON COLUMN core.article_actors.matched_text IS 'The words that name it';
COMMENT ON COLUMN core.article_actors.field IS 'title, summary or text';
COMMENT ON COLUMN core.article_actors.start_offset IS 'Where they stand in that field, in characters';
COMMENT ON COLUMN core.article_actors.rules_version IS 'Version of the rules';

CREATE TABLE core.actors (
    actor_id VARCHAR, name_en VARCHAR, name_es VARCHAR, name_pt VARCHAR, kind VARCHAR, side VARCHAR, role VARCHAR,
    wikidata_id VARCHAR
);
COMMENT ON TABLE core.actors IS 'A person, organisation or state that takes part in the affair';
COMMENT ON COLUMN core.actors.actor_id IS 'Key of the actor';
COMMENT ON COLUMN core.actors.name_en IS 'Canonical name, English';
COMMENT ON COLUMN core.actors.name_es IS 'Name in Spanish';
COMMENT ON COLUMN core.actors.name_pt IS 'Name in Portuguese';
COMMENT ON COLUMN core.actors.kind IS 'person, institution, company, group, place, …';
COMMENT ON COLUMN core.actors.side IS 'US, VE or third';
COMMENT ON COLUMN core.actors.role IS 'What it is in general; offices held for a time are in core.actor_tenures';
COMMENT ON COLUMN core.actors.wikidata_id IS 'Wikidata item, where it is established';

CREATE TABLE core.actor_tenures (
    actor_id VARCHAR, office_id VARCHAR, role VARCHAR, valid_from DATE, valid_to DATE
);
COMMENT ON TABLE core.actor_tenures IS 'An office that an actor held for a time';
COMMENT ON COLUMN core.actor_tenures.actor_id IS 'The actor';
COMMENT ON COLUMN core.actor_tenures.office_id IS 'The office';
COMMENT ON COLUMN core.actor_tenures.role IS 'The office in words';
COMMENT ON COLUMN core.actor_tenures.valid_from IS 'First day in office';
COMMENT ON COLUMN core.actor_tenures.valid_to IS 'First day out of it; empty while it is held';

CREATE TABLE core.topics (
    topic VARCHAR, name_en VARCHAR, name_es VARCHAR, name_pt VARCHAR, definition VARCHAR
);
COMMENT ON TABLE core.topics IS 'A topic that articles can have';
COMMENT ON COLUMN core.topics.topic IS 'Code of the topic';
COMMENT ON COLUMN core.topics.name_en IS 'Name in English';
COMMENT ON COLUMN core.topics.name_es IS 'Name in Spanish';
COMMENT ON COLUMN core.topics.name_pt IS 'Name in Portuguese';
COMMENT ON COLUMN core.topics.definition IS 'What it covers';

CREATE TABLE raw.migrations (number INTEGER, name VARCHAR, applied_at TIMESTAMP, code_version VARCHAR);
COMMENT ON TABLE raw.migrations IS 'A step of the schema, or a set of marts, that this warehouse has had';
COMMENT ON COLUMN raw.migrations.number IS 'Number of the migration, or of the newest one when the marts were applied';
COMMENT ON COLUMN raw.migrations.name IS 'File of the migration, or hash of the marts';
COMMENT ON COLUMN raw.migrations.applied_at IS 'When it was applied (UTC)';
COMMENT ON COLUMN raw.migrations.code_version IS 'Version of usven that applied it';

CREATE TABLE core.event_types (
    event_type VARCHAR, event_mode VARCHAR, quad_class VARCHAR, name VARCHAR, weight DOUBLE, source VARCHAR,
    ruling VARCHAR
);
COMMENT ON TABLE core.event_types IS 'A type of event and a mode of it, with its weight; the type alone where the mode is empty';
COMMENT ON COLUMN core.event_types.event_type IS 'One of the sixteen types of PLOVER';
COMMENT ON COLUMN core.event_types.event_mode IS 'How it is done; empty for the type at large';
COMMENT ON COLUMN core.event_types.quad_class IS 'verbal or material, cooperation or conflict';
COMMENT ON COLUMN core.event_types.name IS 'What it is, in words';
COMMENT ON COLUMN core.event_types.weight IS 'From -10, most hostile, to 10, most cooperative';
COMMENT ON COLUMN core.event_types.source IS 'Where the weight comes from';
COMMENT ON COLUMN core.event_types.ruling IS 'What was decided where the source is silent or contradicts itself';

CREATE TABLE core.events (
    article_id VARCHAR, event_date DATE, source_actor_id VARCHAR, source_side VARCHAR, event_type VARCHAR,
    event_mode VARCHAR, target_actor_id VARCHAR, target_side VARCHAR, is_reciprocal BOOLEAN, weight DOUBLE,
    status VARCHAR, guard VARCHAR, is_counted BOOLEAN, confidence DOUBLE,
    evidence STRUCT(term VARCHAR, field VARCHAR, start_offset INTEGER, "text" VARCHAR)[], pattern_id VARCHAR,
    rules_version VARCHAR
);
COMMENT ON TABLE core.events IS 'Who does what to whom, as an article states it: once an article, type and pair of sides; mart.events counts it once a story and day';
COMMENT ON COLUMN core.events.article_id IS 'The article that states it; its story is in core.articles';
COMMENT ON COLUMN core.events.event_date IS 'Day of the event (UTC): that of the report';
COMMENT ON COLUMN core.events.source_actor_id IS 'Who acts (core.actors); empty where only a side is named';
COMMENT ON COLUMN core.events.source_side IS 'Side of who acts: US, VE or third';
COMMENT ON COLUMN core.events.event_type IS 'Type of the event (core.event_types)';
COMMENT ON COLUMN core.events.event_mode IS 'Mode of the event (core.event_types); empty where none is told';
COMMENT ON COLUMN core.events.target_actor_id IS 'Who is acted on (core.actors); empty where only a side is named';
COMMENT ON COLUMN core.events.target_side IS 'Side of who is acted on: US, VE or third';
COMMENT ON COLUMN core.events.is_reciprocal IS 'Whether both do it to each other, as those who meet or agree';
COMMENT ON COLUMN core.events.weight IS 'Weight of its type and mode (core.event_types)';
COMMENT ON COLUMN core.events.status IS 'asserted, claimed, threatened, planned or denied';
COMMENT ON COLUMN core.events.guard IS 'What keeps it from counting as done: denial, negation, reversal, possibility, announced, plan, question or background; empty where nothing does';
COMMENT ON COLUMN core.events.is_counted IS 'Whether it counts as news of something done: asserted or claimed, and caught by no guard';
COMMENT ON COLUMN core.events.confidence IS 'Share of right ones among labelled events of its construction, 0 to 1';
COMMENT ON COLUMN core.events.evidence IS 'The words it rests on (what is done, by whom, to whom): term, field, offset in characters and the words';
COMMENT ON COLUMN core.events.pattern_id IS 'The pattern and the construction that read it';
COMMENT ON COLUMN core.events.rules_version IS 'Version of the rules';

CREATE TABLE core.article_bands (article_id VARCHAR, band BIGINT, reported_at TIMESTAMP);
COMMENT ON TABLE core.article_bands IS 'Band hashes of a grouped article''s words: articles that share one may be copies';
COMMENT ON COLUMN core.article_bands.article_id IS 'The article';
COMMENT ON COLUMN core.article_bands.band IS 'Hash of a band of its MinHash signature';
COMMENT ON COLUMN core.article_bands.reported_at IS 'When it was reported (UTC); look-ups are bounded by it';

CREATE TABLE core.article_vectors (article_id VARCHAR, reported_at TIMESTAMP, model VARCHAR, vector BLOB);
COMMENT ON TABLE core.article_vectors IS 'The meaning of a grouped article''s headline, as a vector';
COMMENT ON COLUMN core.article_vectors.article_id IS 'The article';
COMMENT ON COLUMN core.article_vectors.reported_at IS 'When it was reported (UTC); look-ups are bounded by it';
COMMENT ON COLUMN core.article_vectors.model IS 'What made the vector; those of different models cannot be compared';
COMMENT ON COLUMN core.article_vectors.vector IS 'Signed bytes, one a dimension';
