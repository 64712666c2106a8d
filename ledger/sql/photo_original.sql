-- Where the bytes of a photo in scope are, and whose it is.
SELECT p.county, p.project_id, p.site_id, p.person_id, p.type, b.hash, b.size, b.version_id, b.etag
FROM photo p
JOIN blob b ON b.hash = p.hash
WHERE p.id = @id
  AND (@scope_all::bool OR p.county = ANY (@scope_counties::text[]) OR p.project_id = ANY (@scope_projects::bigint[])
       OR p.person_id = @me)
