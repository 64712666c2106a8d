-- One photo in scope or sent in by the caller.
SELECT p.county, p.id, p.project_id, p.site_id, p.person_id, person.name AS person_name, p.hash, p.size, p.type,
       p.width, p.height, p.orientation, p.taken_at, p.taken_zone, p.received_at, p.position, p.accuracy_m,
       p.position_source, p.position_at, p.camera, p.flags, p.derivatives
FROM photo p
JOIN person ON person.id = p.person_id
WHERE p.id = @id
  AND (@scope_all::bool OR p.county = ANY (@scope_counties::text[]) OR p.project_id = ANY (@scope_projects::bigint[])
       OR p.person_id = @me)
