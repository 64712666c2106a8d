-- Adds a site; returns its id.
INSERT INTO site (county, project_id, name, boundary, schematic, created_at, updated_at)
VALUES (@county, @project_id, @name, @boundary, @schematic, @now, @now)
RETURNING id
