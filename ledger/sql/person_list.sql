-- Persons whose unit or grants lie in scope, by id.
SELECT p.id, p.login, p.name, p.title, p.phone, p.org_id, o.name AS org_name, p.disabled_at IS NOT NULL AS disabled
FROM person p
LEFT JOIN org o ON o.id = p.org_id
WHERE p.id > @after
  AND (@scope_all::boolean
       OR o.area = ANY (@scope_counties::text[])
       OR EXISTS (SELECT FROM person_grant g WHERE g.person_id = p.id
                  AND (g.area = ANY (@scope_counties) OR g.project_id = ANY (@scope_projects::bigint[])
                       OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = g.project_id AND pa.county = ANY (@scope_counties)))))
ORDER BY p.id
LIMIT @max
