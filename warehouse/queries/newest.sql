-- The stories of the outgoing feeds: those with the latest reports.
SELECT story_id, headline, summary, url, first_outlet, outlets, languages, topics, outlet_count, report_count,
       first_reported_at, last_reported_at, relevance_level
FROM mart.relevant_stories_as_of($as_of)
ORDER BY last_reported_at DESC, story_id
LIMIT $limit
