-- How long after publication are articles seen?
SELECT f.feed_id, count(*) AS article_count,
       round(median(date_diff('second', a.published_at, a.first_seen_at)) / 3600, 1) AS median_hours
FROM core.articles a JOIN raw.entries f ON f.entry_id = a.shown_entry_id
WHERE a.date_quality = 'published'
GROUP BY f.feed_id
ORDER BY median_hours DESC, f.feed_id
LIMIT 20
