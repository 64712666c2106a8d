-- Sites in scope whose boundary meets a window, by id.
SELECT s.id, s.county, s.project_id, s.name, s.boundary, s.area_m2, s.label_at AS at, s.schematic, s.version, v.valid_from
FROM site s
JOIN site_version v ON v.county = s.county AND v.site_id = s.id AND v.version = s.version
WHERE s.boundary && ST_MakeEnvelope(@west, @south, @east, @north, 4490)
  AND ST_Intersects(s.boundary, ST_MakeEnvelope(@west, @south, @east, @north, 4490))
  AND s.id > @after
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
  AND (@county::text IS NULL OR s.county = @county)
  AND (@project_id::bigint IS NULL OR s.project_id = @project_id)
  AND (@like::text IS NULL OR s.name ILIKE @like)
ORDER BY s.id
LIMIT @max
