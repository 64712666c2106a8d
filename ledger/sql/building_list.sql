-- Buildings of a site in scope, by id.
SELECT b.id, b.county, b.site_id, b.name, b.state, b.footprint, b.updated_at
FROM building b
JOIN site s ON s.county = b.county AND s.id = b.site_id
WHERE b.site_id = @site_id
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
ORDER BY b.id
LIMIT 2000
