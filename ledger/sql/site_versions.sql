-- Every boundary that a site in scope has had, the latest first.
SELECT v.version, v.valid_from, v.person_id, coalesce(p.name, '') AS person_name, v.reason, v.area_m2, v.boundary
FROM site_version v
JOIN site s ON s.county = v.county AND s.id = v.site_id
LEFT JOIN person p ON p.id = v.person_id
WHERE v.site_id = @id
  AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
ORDER BY v.version DESC
LIMIT 200
