-- What changed in the headlines of the day with most reports?
-- For the capture of January 2026, put its date in the place of the subquery.
SELECT h.changed_at, h.outlet, h.removed_words, h.added_words, h.new_title
FROM mart.headline_changes h JOIN core.articles a USING (article_id)
WHERE a.reported_at::DATE = (
    SELECT report_date FROM mart.daily_outlets GROUP BY report_date
    ORDER BY sum(relevant_count) DESC, report_date LIMIT 1
)
ORDER BY h.changed_at, h.entry_id
LIMIT 50
