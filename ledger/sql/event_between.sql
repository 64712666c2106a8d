-- Events after one id up to another, oldest first.
SELECT id, at, actor_id, verb, county, project_id, site_id, subject, before, after, trace
FROM event
WHERE id > @after AND id <= @settled
ORDER BY id
LIMIT @max
