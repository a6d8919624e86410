-- Which words do publishers take out of headlines, and put in?
SELECT word, count(*) FILTER (is_added) AS added_count, count(*) FILTER (NOT is_added) AS removed_count
FROM (
    SELECT trim(core.words(unnest(added_words))) AS word, true AS is_added FROM mart.headline_changes
    UNION ALL SELECT trim(core.words(unnest(removed_words))), false FROM mart.headline_changes
)
WHERE length(word) > 3
GROUP BY word
ORDER BY added_count + removed_count DESC, word
LIMIT 20
