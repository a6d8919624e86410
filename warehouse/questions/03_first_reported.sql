-- Who reported it first, and when did the second outlet follow?
-- A copy of another article is no report of its own.
SELECT s.headline, min(c.first_outlet) AS first_outlet, s.first_reported_at,
       arg_min(c.outlet, c.report_position) FILTER (c.outlet <> c.first_outlet AND c.is_independent) AS second_outlet,
       min(c.minutes_after_first) FILTER (c.outlet <> c.first_outlet AND c.is_independent) AS minutes_later
FROM mart.corroboration c JOIN mart.stories s USING (story_id)
GROUP BY s.story_id, s.headline, s.first_reported_at
HAVING second_outlet IS NOT NULL
ORDER BY s.first_reported_at DESC, s.story_id
LIMIT 20
