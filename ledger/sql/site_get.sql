-- One site in scope as it is now.
SELECT s.id, s.county, s.project_id, s.name, s.boundary, s.area_m2, s.label_at AS at, s.schematic, s.version, v.valid_from
FROM site s
JOIN site_version v ON v.county = s.county AND v.site_id = s.id AND v.version = s.version
WHERE s.id = @id
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
