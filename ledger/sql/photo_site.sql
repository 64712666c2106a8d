-- County and project of a site in scope.
SELECT s.county, s.project_id
FROM site s
WHERE s.id = @site_id
  AND (@scope_all::bool OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
