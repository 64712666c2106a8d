-- Sites in scope as they were at a time, by id; those that did not exist yet are left out.
SELECT s.id, s.county, s.project_id, s.name, v.boundary, v.area_m2, ST_PointOnSurface(v.boundary) AS at, s.schematic, v.version, v.valid_from
FROM site s
JOIN LATERAL (
    SELECT * FROM site_version v
    WHERE v.county = s.county AND v.site_id = s.id AND v.valid_from <= @as_of
    ORDER BY v.version DESC LIMIT 1
) v ON true
WHERE s.id > @after
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
  AND (@county::text IS NULL OR s.county = @county)
  AND (@project_id::bigint IS NULL OR s.project_id = @project_id)
  AND (@like::text IS NULL OR s.name ILIKE @like)
  AND (@west::double precision IS NULL OR v.boundary && ST_MakeEnvelope(@west, @south::double precision, @east::double precision, @north::double precision, 4490))
ORDER BY s.id
LIMIT @max
