-- An event has the day of its article's report. Until now it had that of the publisher's date, also where that lies in the
-- future or cannot be true.

UPDATE core.events e SET event_date = a.reported_at::DATE
FROM core.articles a WHERE a.article_id = e.article_id AND e.event_date IS DISTINCT FROM a.reported_at::DATE;
