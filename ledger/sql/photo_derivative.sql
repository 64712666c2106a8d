-- Where the bytes of a derivative of a photo in scope are.
SELECT d.key, d.hash, d.size
FROM photo p
JOIN derivative d ON d.source = p.hash AND d.variant = @variant
WHERE p.id = @id
  AND (@scope_all::bool OR p.county = ANY (@scope_counties::text[]) OR p.project_id = ANY (@scope_projects::bigint[])
       OR p.person_id = @me)
