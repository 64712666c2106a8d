-- The receipt of a photo in scope or sent in by the caller.
SELECT r.key_id, r.body, r.signature
FROM receipt r
JOIN photo p ON p.county = r.county AND p.id = r.photo_id
WHERE r.photo_id = @id
  AND (@scope_all::bool OR p.county = ANY (@scope_counties::text[]) OR p.project_id = ANY (@scope_projects::bigint[])
       OR p.person_id = @me)
