-- Who the reports of the last 30 days of the chart come from: by whose voice it is, and by kind of outlet.
WITH reports AS (
    SELECT outlet_id, story_id, kind,
           CASE WHEN country IS NULL THEN 'unknown'
                ELSE CASE WHEN country IN ('US', 'VE') THEN country ELSE 'other' END
                     || CASE WHEN state_affiliated THEN '_state' WHEN is_exiled THEN '_exile' ELSE '_press' END
           END AS voice
    FROM mart.reports_as_of($as_of)
    WHERE reported_at >= $until - INTERVAL 30 DAY AND reported_at < $until
)
SELECT CASE WHEN grouping(voice) = 0 THEN 'voice' ELSE 'kind' END AS dimension, coalesce(voice, kind) AS part,
       count(*) AS report_count, count(DISTINCT outlet_id) AS outlet_count, count(DISTINCT story_id) AS story_count
FROM reports
GROUP BY GROUPING SETS ((voice), (kind))
ORDER BY dimension DESC, report_count DESC, part
