-- Events, counted once a story and day; the tension of each day and direction; who deals with whom. An event has the day of its
-- article's report, so that from a day on no older article is looked through.
CREATE OR REPLACE MACRO mart.events_as_of(ts, since := DATE '-infinity') AS TABLE
SELECT a.story_id, e.event_date, e.source_side, e.event_type, e.target_side, bool_or(e.is_reciprocal) AS is_reciprocal,
       avg(e.weight) AS weight, arg_max(e.source_actor_id, e.confidence) AS source_actor_id,
       arg_max(e.event_mode, e.confidence) AS event_mode, arg_max(e.target_actor_id, e.confidence) AS target_actor_id,
       max(e.confidence) AS confidence, count(DISTINCT e.article_id) AS report_count,
       count(DISTINCT a.outlet_id) AS outlet_count, list_sort(list(DISTINCT a.outlet_id)) AS outlet_ids,
       list_sort(list(DISTINCT e.article_id)) AS article_ids
FROM core.events e JOIN core.articles a USING (article_id)
WHERE e.is_counted AND a.first_seen_at <= ts AND e.event_date >= since AND a.reported_at >= since
GROUP BY a.story_id, e.event_date, e.source_side, e.event_type, e.target_side;
COMMENT ON MACRO TABLE mart.events_as_of IS 'mart.events as they were known at a time (UTC); with since := a day, from that day on';

CREATE OR REPLACE VIEW mart.events AS FROM mart.events_as_of(TIMESTAMP 'infinity');
COMMENT ON VIEW mart.events IS 'Events that count as done, once a story, day, type and pair of sides, with the reports of each';
COMMENT ON COLUMN mart.events.story_id IS 'Story that reports it';
COMMENT ON COLUMN mart.events.event_date IS 'Day (UTC)';
COMMENT ON COLUMN mart.events.source_side IS 'Side of who acts';
COMMENT ON COLUMN mart.events.event_type IS 'Type (core.event_types)';
COMMENT ON COLUMN mart.events.target_side IS 'Side of who is acted on';
COMMENT ON COLUMN mart.events.is_reciprocal IS 'Whether both do it to each other';
COMMENT ON COLUMN mart.events.weight IS 'Mean weight of its reports, which can name different modes';
COMMENT ON COLUMN mart.events.source_actor_id IS 'Who acts, by the report read with most confidence';
COMMENT ON COLUMN mart.events.event_mode IS 'Mode, by the same';
COMMENT ON COLUMN mart.events.target_actor_id IS 'Who is acted on, by the same';
COMMENT ON COLUMN mart.events.confidence IS 'Confidence of that report';
COMMENT ON COLUMN mart.events.report_count IS 'Articles that report it';
COMMENT ON COLUMN mart.events.outlet_count IS 'Publishers among them';
COMMENT ON COLUMN mart.events.outlet_ids IS 'Those publishers, sorted';
COMMENT ON COLUMN mart.events.article_ids IS 'Those articles, sorted';

-- An outlet moves a day by what it alone reports: without it, exactly those events would be missing. What is done to each other
-- counts in both directions, once in each, also where one report tells it from one end and another from the other.
CREATE OR REPLACE MACRO mart.daily_tension_as_of(ts, since := DATE '-infinity') AS TABLE
WITH directed AS (
    SELECT event_date, source_side, target_side, story_id, weight, outlet_ids FROM mart.events_as_of(ts, since := since)
    UNION ALL
    SELECT event_date, target_side, source_side, story_id, weight, outlet_ids FROM mart.events_as_of(ts, since := since) e
    WHERE is_reciprocal AND NOT EXISTS (
        FROM mart.events_as_of(ts, since := since) b WHERE b.story_id = e.story_id AND b.event_date = e.event_date
            AND b.event_type = e.event_type AND b.source_side = e.target_side AND b.target_side = e.source_side
    )
),
days AS (
    SELECT event_date, source_side, target_side, sum(weight) AS tension,
           sum(weight) FILTER (weight < 0) AS hostile_weight, sum(weight) FILTER (weight > 0) AS cooperative_weight,
           count(*) AS event_count, count(DISTINCT story_id) AS story_count
    FROM directed GROUP BY ALL
),
alone AS (
    SELECT event_date, source_side, target_side, outlet_ids[1] AS outlet_id, sum(weight) AS weight
    FROM directed WHERE len(outlet_ids) = 1 GROUP BY ALL
),
swings AS (
    SELECT event_date, source_side, target_side, max(weight) AS highest, min(weight) AS lowest,
           arg_max(outlet_id, abs(weight)) AS outlet_id
    FROM alone GROUP BY ALL
)
SELECT d.event_date, d.source_side, d.target_side, d.tension,
       d.tension - greatest(coalesce(s.highest, 0), 0) AS tension_low,
       d.tension - least(coalesce(s.lowest, 0), 0) AS tension_high, s.outlet_id AS most_moving_outlet_id,
       coalesce(d.hostile_weight, 0) AS hostile_weight, coalesce(d.cooperative_weight, 0) AS cooperative_weight,
       d.event_count, d.story_count
FROM days d LEFT JOIN swings s USING (event_date, source_side, target_side);
COMMENT ON MACRO TABLE mart.daily_tension_as_of IS 'mart.daily_tension as it was known at a time (UTC); with since := a day, from that day on';

CREATE OR REPLACE VIEW mart.daily_tension AS FROM mart.daily_tension_as_of(TIMESTAMP 'infinity');
COMMENT ON VIEW mart.daily_tension IS 'Weighted events by day and direction: below 0 hostile, above 0 cooperative';
COMMENT ON COLUMN mart.daily_tension.event_date IS 'Day (UTC)';
COMMENT ON COLUMN mart.daily_tension.source_side IS 'Side that acts';
COMMENT ON COLUMN mart.daily_tension.target_side IS 'Side that is acted on';
COMMENT ON COLUMN mart.daily_tension.tension IS 'Sum of the weights of its events, each counted once a story; a reciprocal one counts in both directions';
COMMENT ON COLUMN mart.daily_tension.tension_low IS 'Lowest value that leaving out any one outlet gives';
COMMENT ON COLUMN mart.daily_tension.tension_high IS 'Highest value that leaving out any one outlet gives';
COMMENT ON COLUMN mart.daily_tension.most_moving_outlet_id IS 'Outlet whose leaving out moves it most; empty where every event has two outlets';
COMMENT ON COLUMN mart.daily_tension.hostile_weight IS 'Part of the sum below 0';
COMMENT ON COLUMN mart.daily_tension.cooperative_weight IS 'Part of the sum above 0';
COMMENT ON COLUMN mart.daily_tension.event_count IS 'Events';
COMMENT ON COLUMN mart.daily_tension.story_count IS 'Stories that report them';

CREATE OR REPLACE VIEW mart.actor_pairs AS
WITH directed AS (
    SELECT event_date, source_actor_id, source_side, target_actor_id, target_side, event_type, weight, story_id,
           report_count
    FROM mart.events
    UNION ALL
    SELECT event_date, target_actor_id, target_side, source_actor_id, source_side, event_type, weight, story_id,
           report_count
    FROM mart.events e WHERE is_reciprocal AND NOT EXISTS (
        FROM mart.events b WHERE b.story_id = e.story_id AND b.event_date = e.event_date
            AND b.event_type = e.event_type AND b.source_side = e.target_side AND b.target_side = e.source_side
    )
)
SELECT coalesce(d.source_actor_id, d.source_side) AS source_id, coalesce(s.name_en, d.source_side) AS source_name,
       d.source_side, coalesce(d.target_actor_id, d.target_side) AS target_id,
       coalesce(t.name_en, d.target_side) AS target_name, d.target_side, d.event_type, count(*) AS event_count,
       count(DISTINCT d.story_id) AS story_count, sum(d.report_count)::BIGINT AS report_count, avg(d.weight) AS mean_weight,
       min(d.event_date) AS first_date, max(d.event_date) AS last_date
FROM directed d
LEFT JOIN core.actors s ON s.actor_id = d.source_actor_id
LEFT JOIN core.actors t ON t.actor_id = d.target_actor_id
GROUP BY ALL;
COMMENT ON VIEW mart.actor_pairs IS 'Who does what to whom how often, over all days';
COMMENT ON COLUMN mart.actor_pairs.source_id IS 'Who acts: an actor, or a side where no actor is named';
COMMENT ON COLUMN mart.actor_pairs.source_name IS 'Its name';
COMMENT ON COLUMN mart.actor_pairs.source_side IS 'Its side';
COMMENT ON COLUMN mart.actor_pairs.target_id IS 'Who is acted on: an actor, or a side where no actor is named';
COMMENT ON COLUMN mart.actor_pairs.target_name IS 'Its name';
COMMENT ON COLUMN mart.actor_pairs.target_side IS 'Its side';
COMMENT ON COLUMN mart.actor_pairs.event_type IS 'Type (core.event_types)';
COMMENT ON COLUMN mart.actor_pairs.event_count IS 'Events, each counted once a story and day';
COMMENT ON COLUMN mart.actor_pairs.story_count IS 'Stories that report them';
COMMENT ON COLUMN mart.actor_pairs.report_count IS 'Articles that report them';
COMMENT ON COLUMN mart.actor_pairs.mean_weight IS 'Mean weight of the events';
COMMENT ON COLUMN mart.actor_pairs.first_date IS 'Day of the first';
COMMENT ON COLUMN mart.actor_pairs.last_date IS 'Day of the last';
