-- The site of a project that has this name, with its boundary.
SELECT s.id, s.county, s.boundary FROM site s WHERE s.project_id = @project_id AND s.name = @name ORDER BY s.id LIMIT 1
