-- Photos in scope or sent in by the caller, the last received first.
SELECT p.county, p.id, p.project_id, p.site_id, p.person_id, person.name AS person_name, p.hash, p.size, p.type,
       p.width, p.height, p.orientation, p.taken_at, p.taken_zone, p.received_at, p.position, p.accuracy_m,
       p.position_source, p.position_at, p.camera, p.flags, p.derivatives
FROM photo p
JOIN person ON person.id = p.person_id
WHERE (@scope_all::bool OR p.county = ANY (@scope_counties::text[]) OR p.project_id = ANY (@scope_projects::bigint[])
       OR p.person_id = @me)
  AND (@site_id::bigint IS NULL OR p.site_id = @site_id)
  AND (@project_id::bigint IS NULL OR p.project_id = @project_id)
  AND (@county::text IS NULL OR p.county = @county)
  AND (NOT @mine::bool OR p.person_id = @me)
  AND (@from::timestamptz IS NULL OR p.received_at >= @from)
  AND (@to::timestamptz IS NULL OR p.received_at < @to)
  AND (@after_at::timestamptz IS NULL OR (p.received_at, p.id) < (@after_at, @after_id::uuid))
ORDER BY p.received_at DESC, p.id DESC
LIMIT @max
