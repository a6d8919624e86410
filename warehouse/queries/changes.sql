-- The pages of the stories: headlines and summaries that were changed, old and new wording, the latest of each article.
SELECT story_id, article_id, changed_at, old_title, new_title, left(old_summary, 1500) AS old_summary,
       left(new_summary, 1500) AS new_summary
FROM mart.revisions
WHERE changed_at <= $as_of
QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY changed_at DESC, entry_id, revision_number DESC) <= 20
ORDER BY story_id, article_id, changed_at, entry_id, revision_number
