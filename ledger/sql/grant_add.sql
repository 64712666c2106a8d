-- Grants a role in an area or in a project.
INSERT INTO person_grant (person_id, role, area, project_id)
VALUES (@person_id, @role, nullif(@area::text, ''), nullif(@project_id::bigint, 0))
ON CONFLICT DO NOTHING
