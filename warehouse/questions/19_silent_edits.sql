-- Which summaries and texts were edited under an unchanged headline?
SELECT c.changed_at, c.outlet, c.field, len(c.removed_words) AS removed, len(c.added_words) AS added, c.url
FROM mart.wording_changes c
ANTI JOIN mart.headline_changes h ON h.entry_id = c.entry_id AND h.revision_number = c.revision_number
WHERE c.field <> 'title' AND c.is_relevant
ORDER BY removed + added DESC, c.entry_id
LIMIT 20
