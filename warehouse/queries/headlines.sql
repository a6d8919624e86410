-- The latest headlines of relevant articles that their publishers changed.
SELECT changed_at, outlet, old_title, new_title, url, story_id, article_id
FROM mart.headline_changes
WHERE is_relevant AND changed_at <= $as_of
ORDER BY changed_at DESC, entry_id, revision_number
LIMIT $limit
