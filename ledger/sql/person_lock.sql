-- Locks a person and returns the grants as they stand.
SELECT coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'area', g.area, 'project_id', g.project_id) ORDER BY g.id)
                 FROM person_grant g WHERE g.person_id = p.id), '[]')
FROM person p WHERE p.id = @id
FOR UPDATE
