-- Seats somebody in one of the five places of a team; returns who sat there before.
WITH before AS (
    SELECT person_id, name, title, phone FROM member WHERE project_id = @project_id AND role = @role FOR UPDATE
), put AS (
    INSERT INTO member (project_id, role, person_id, name, title, phone)
    VALUES (@project_id, @role, @person_id, @name, @title, @phone)
    ON CONFLICT (project_id, role) DO UPDATE SET person_id = excluded.person_id, name = excluded.name, title = excluded.title, phone = excluded.phone
)
SELECT coalesce((SELECT jsonb_build_object('person_id', person_id, 'name', name, 'title', title, 'phone', phone) FROM before), 'null'::jsonb)
