-- The first photo of the same bytes under another id.
SELECT id, county, coalesce(project_id, 0) AS project_id, person_id
FROM photo
WHERE hash = @hash AND id <> @id
ORDER BY received_at, id
LIMIT 1
