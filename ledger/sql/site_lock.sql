-- One site in scope, locked until the transaction ends.
SELECT s.county, s.project_id, s.name, s.boundary, s.area_m2, s.schematic, s.version
FROM site s
WHERE s.id = @id
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
FOR UPDATE
