-- Which relevant articles hold certain words?
-- `usven search` ranks and filters; this is the same in SQL. Accents and case do not matter.
SELECT a.reported_at, a.title, a.canonical_url
FROM core.article_words w JOIN core.articles a USING (article_id)
WHERE contains(w.words, core.words('petróleo')) OR contains(w.words, core.words('oil'))
ORDER BY a.reported_at DESC, a.article_id
LIMIT 20
