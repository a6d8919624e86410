-- Which headlines were changed, and how?
SELECT changed_at, outlet, old_title, new_title, removed_words, added_words
FROM mart.headline_changes
WHERE is_relevant
ORDER BY changed_at DESC, entry_id
LIMIT 20
