-- The team of a project.
SELECT role, person_id, name, title, phone FROM member WHERE project_id = @project_id
