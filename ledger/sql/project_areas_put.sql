-- Sets the counties of a project; those in which it has a site stay.
WITH kept AS (
    SELECT unnest(@counties::text[]) AS county UNION SELECT s.county FROM site s WHERE s.project_id = @id
), gone AS (
    DELETE FROM project_area WHERE project_id = @id AND county NOT IN (SELECT county FROM kept)
)
INSERT INTO project_area (project_id, county) SELECT @id::bigint, county FROM kept ON CONFLICT DO NOTHING
