-- The pages of the stories: headlines that were changed, old and new wording.
SELECT story_id, article_id, changed_at, old_title, new_title
FROM mart.headline_changes
WHERE changed_at <= $as_of
ORDER BY story_id, article_id, changed_at, entry_id, revision_number
