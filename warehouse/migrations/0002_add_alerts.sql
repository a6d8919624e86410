-- Alerts: recorded before they are sent, so that none is sent twice or forgotten.
CREATE TABLE core.alerts (
    alert_id VARCHAR, rule VARCHAR, kind VARCHAR, subject VARCHAR, story_id VARCHAR, raised_at TIMESTAMP,
    channel VARCHAR, text VARCHAR, url VARCHAR, status VARCHAR, delivered_at TIMESTAMP, delivery_id VARCHAR,
    attempt_count INTEGER, next_attempt_at TIMESTAMP, error VARCHAR
);
COMMENT ON TABLE core.alerts IS 'An alert that a rule raised, once for each channel it goes to';
COMMENT ON COLUMN core.alerts.alert_id IS 'Hash of rule, subject and channel: the same is never raised again';
COMMENT ON COLUMN core.alerts.rule IS 'Name of the rule in the file of rules';
COMMENT ON COLUMN core.alerts.kind IS 'keyword, topic, actor, event, spike, headline or dark';
COMMENT ON COLUMN core.alerts.subject IS 'What it is about: a story, a feed and since when it is dark, or a spike and its day';
COMMENT ON COLUMN core.alerts.story_id IS 'The story (core.stories), where it is about one';
COMMENT ON COLUMN core.alerts.raised_at IS 'When it was raised (UTC)';
COMMENT ON COLUMN core.alerts.channel IS 'Channel it goes to; empty where it is only recorded';
COMMENT ON COLUMN core.alerts.text IS 'The alert in one line';
COMMENT ON COLUMN core.alerts.url IS 'Where to read on';
COMMENT ON COLUMN core.alerts.status IS 'recorded (no channel), pending, sending, delivered, uncertain (the program ended while it was sent: it may have arrived, and is not sent again) or failed (given up)';
COMMENT ON COLUMN core.alerts.delivered_at IS 'When the channel took it (UTC)';
COMMENT ON COLUMN core.alerts.delivery_id IS 'The message it went in; a webhook gets the same id with every repetition';
COMMENT ON COLUMN core.alerts.attempt_count IS 'Attempts to send it so far';
COMMENT ON COLUMN core.alerts.next_attempt_at IS 'When it may be tried again after a failure (UTC)';
COMMENT ON COLUMN core.alerts.error IS 'Why the last attempt failed, in words; secrets masked';
