-- The stories of the outgoing feeds: those with the latest reports first. Each feed carries the latest of its own.
SELECT story_id, headline, summary, url, first_outlet, outlets, languages, topics, actors, outlet_count, report_count,
       first_reported_at, last_reported_at, last_seen_at, relevance_level
FROM mart.relevant_stories_as_of($as_of)
ORDER BY last_reported_at DESC, story_id
