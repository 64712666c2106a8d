-- Empties one of the five places of a team; returns who sat there.
DELETE FROM member WHERE project_id = @project_id AND role = @role
RETURNING jsonb_build_object('person_id', person_id, 'name', name, 'title', title, 'phone', phone)
