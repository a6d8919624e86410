-- Which stories were told in Spanish or Portuguese and not in English?
SELECT first_reported_at, headline, languages, outlets, topics
FROM mart.stories
WHERE NOT list_contains(languages, 'en') AND len(languages) > 0
ORDER BY independent_count DESC, first_reported_at DESC, story_id
LIMIT 20
