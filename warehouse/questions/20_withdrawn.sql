-- Which items did feeds take out again?
SELECT missed_at, outlet, title, older_kept_count, is_shown_elsewhere, url
FROM mart.withdrawn_items
ORDER BY is_relevant DESC, missed_at DESC, entry_id
LIMIT 20
