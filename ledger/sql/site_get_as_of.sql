-- One site in scope as it was at a time; none before its first version.
SELECT s.id, s.county, s.project_id, s.name, v.boundary, v.area_m2, ST_PointOnSurface(v.boundary) AS at, s.schematic, v.version, v.valid_from
FROM site s
JOIN LATERAL (
    SELECT * FROM site_version v
    WHERE v.county = s.county AND v.site_id = s.id AND v.valid_from <= @as_of
    ORDER BY v.version DESC LIMIT 1
) v ON true
WHERE s.id = @id
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
