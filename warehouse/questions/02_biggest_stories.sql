-- Which stories did most outlets report in words of their own?
SELECT headline, outlet_count, independent_count, article_count, languages, first_reported_at
FROM mart.stories
ORDER BY independent_count DESC, outlet_count DESC, first_reported_at, story_id
LIMIT 20
