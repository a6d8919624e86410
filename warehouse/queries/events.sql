-- The pages of the stories: who does what to whom as each report states it, with the words, those included that do not
-- count as done, and what keeps them from it.
SELECT story_id, article_id, outlet, language, event_date, source_actor_id, source_side, event_type, event_mode,
       target_actor_id, target_side, is_reciprocal, weight, status, guard, is_counted, pattern_id, evidence
FROM core.events JOIN mart.reports_as_of($as_of) USING (article_id)
ORDER BY story_id, is_counted DESC, event_type, source_side, target_side, reported_at, article_id, pattern_id
