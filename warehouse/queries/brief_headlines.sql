-- The brief: headlines of relevant articles that their publishers changed within the last 24 hours.
SELECT 'revision:' || entry_id || '/' || revision_number AS row_id, outlet, old_title, new_title, url, story_id
FROM mart.headline_changes
WHERE is_relevant AND changed_at <= $as_of AND changed_at > $as_of - INTERVAL 1 DAY
ORDER BY changed_at DESC, entry_id, revision_number
LIMIT $limit
