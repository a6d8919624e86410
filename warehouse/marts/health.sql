-- How well the collection works: what a gap in the figures may be due to.
CREATE OR REPLACE VIEW mart.feed_health AS
WITH clock AS (
    SELECT max(started_at) AS now FROM raw.fetches
),
week AS (
    SELECT feed_id, count(*) AS fetch_count,
           count(*) FILTER (outcome = 'failed') AS failed_count,
           count(*) FILTER (outcome = 'not_modified') AS not_modified_count,
           coalesce(sum(new_entry_count), 0)::BIGINT AS new_entry_count,
           coalesce(sum(bytes_received), 0)::BIGINT AS bytes_received,
           median(seconds) AS median_seconds
    FROM raw.fetches, clock WHERE started_at > now - INTERVAL 7 DAY GROUP BY feed_id
),
latest AS (
    SELECT feed_id, arg_max(outcome, started_at) AS last_outcome, arg_max(error_message, started_at) AS last_error,
           max(started_at) AS last_fetch_at
    FROM raw.fetches GROUP BY feed_id
)
SELECT f.feed_id, coalesce(o.name, f.outlet_id) AS outlet, f.language, f.status, f.status_reason,
       l.last_fetch_at, l.last_outcome, CASE WHEN l.last_outcome = 'failed' THEN l.last_error END AS last_error,
       f.last_success_at, f.last_new_entry_at, f.next_poll_at, f.consecutive_failures,
       coalesce(w.fetch_count, 0) AS fetch_count, coalesce(w.failed_count, 0) AS failed_count,
       coalesce(w.not_modified_count, 0) AS not_modified_count, coalesce(w.new_entry_count, 0) AS new_entry_count,
       coalesce(w.bytes_received, 0) AS bytes_received, w.median_seconds
FROM raw.feeds f
LEFT JOIN core.outlets o USING (outlet_id)
LEFT JOIN week w USING (feed_id)
LEFT JOIN latest l USING (feed_id)
WHERE f.origin NOT IN ('import', 'removed');
COMMENT ON VIEW mart.feed_health IS 'The state of each feed, with its last seven days';
COMMENT ON COLUMN mart.feed_health.feed_id IS 'Feed';
COMMENT ON COLUMN mart.feed_health.outlet IS 'Publisher';
COMMENT ON COLUMN mart.feed_health.language IS 'Language expected';
COMMENT ON COLUMN mart.feed_health.status IS 'ok, failing, quiet, gone or disabled';
COMMENT ON COLUMN mart.feed_health.status_reason IS 'Why, in words';
COMMENT ON COLUMN mart.feed_health.last_fetch_at IS 'Last attempt (UTC)';
COMMENT ON COLUMN mart.feed_health.last_outcome IS 'fetched, not_modified, unchanged or failed';
COMMENT ON COLUMN mart.feed_health.last_error IS 'What failed, if the last attempt did';
COMMENT ON COLUMN mart.feed_health.last_success_at IS 'Last success (UTC)';
COMMENT ON COLUMN mart.feed_health.last_new_entry_at IS 'Last poll with a new entry (UTC)';
COMMENT ON COLUMN mart.feed_health.next_poll_at IS 'Due again (UTC)';
COMMENT ON COLUMN mart.feed_health.consecutive_failures IS 'Failures since the last success';
COMMENT ON COLUMN mart.feed_health.fetch_count IS 'Attempts in the last seven days';
COMMENT ON COLUMN mart.feed_health.failed_count IS 'Failures among them';
COMMENT ON COLUMN mart.feed_health.not_modified_count IS '304 answers among them';
COMMENT ON COLUMN mart.feed_health.new_entry_count IS 'New entries in the last seven days';
COMMENT ON COLUMN mart.feed_health.bytes_received IS 'Bytes received in the last seven days';
COMMENT ON COLUMN mart.feed_health.median_seconds IS 'Median duration of an attempt';

CREATE OR REPLACE VIEW mart.coverage AS
WITH live AS (
    SELECT feed_id, outlet_id FROM raw.feeds WHERE origin <> 'import'
),
polls AS (
    SELECT outlet_id, date_trunc('hour', started_at) AS hour,
           count(*) AS poll_count, count(*) FILTER (outcome = 'failed') AS failed_poll_count
    FROM raw.fetches JOIN live USING (feed_id) GROUP BY ALL
),
items AS (
    SELECT outlet_id, date_trunc('hour', first_seen_at) AS hour, count(*) AS received_count
    FROM raw.entries JOIN live USING (feed_id) GROUP BY ALL
),
span AS (
    SELECT outlet_id, unnest(generate_series(min(hour), max(max(hour)) OVER (), INTERVAL 1 HOUR)) AS hour
    FROM polls GROUP BY outlet_id
),
hours AS (
    SELECT s.outlet_id, s.hour, coalesce(i.received_count, 0) AS received_count,
           coalesce(p.poll_count, 0) AS poll_count, coalesce(p.failed_poll_count, 0) AS failed_poll_count
    FROM span s LEFT JOIN items i USING (outlet_id, hour) LEFT JOIN polls p USING (outlet_id, hour)
)
SELECT outlet_id, coalesce(o.name, outlet_id) AS outlet, hour, received_count,
       avg(received_count) FILTER (poll_count > failed_poll_count) OVER (
           PARTITION BY outlet_id, hour(hour) ORDER BY hour ROWS BETWEEN 14 PRECEDING AND 1 PRECEDING
       ) AS expected_count,
       poll_count, failed_poll_count, poll_count = failed_poll_count AS is_gap
FROM hours LEFT JOIN core.outlets o USING (outlet_id);
COMMENT ON VIEW mart.coverage IS 'Items expected and received by publisher and hour, so that a gap in collection is never read as calm';
COMMENT ON COLUMN mart.coverage.outlet_id IS 'Publisher';
COMMENT ON COLUMN mart.coverage.outlet IS 'Its name';
COMMENT ON COLUMN mart.coverage.hour IS 'Hour (UTC)';
COMMENT ON COLUMN mart.coverage.received_count IS 'Entries first seen in that hour';
COMMENT ON COLUMN mart.coverage.expected_count IS 'Mean of the same hour on the 14 days before, gaps left out; empty where there is none';
COMMENT ON COLUMN mart.coverage.poll_count IS 'Polls in that hour';
COMMENT ON COLUMN mart.coverage.failed_poll_count IS 'Failed polls among them';
COMMENT ON COLUMN mart.coverage.is_gap IS 'Whether no poll of that hour succeeded: nothing is known of it';
