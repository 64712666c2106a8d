-- How a project in scope came to its stage, the latest first.
SELECT c.stage, c.valid_from, c.person_id, coalesce(h.name, '') AS person_name, c.reason
FROM stage_change c
JOIN project p ON p.id = c.project_id
LEFT JOIN person h ON h.id = c.person_id
WHERE c.project_id = @id
  AND (@scope_all::boolean OR p.id = ANY (@scope_projects::bigint[])
       OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = ANY (@scope_counties::text[])))
ORDER BY c.id DESC
LIMIT 200
