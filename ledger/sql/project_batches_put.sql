-- Sets the batches of a project.
WITH kept AS (
    SELECT * FROM unnest(@terms::integer[], @batches::text[]) AS k (term, batch)
), gone AS (
    DELETE FROM project_batch WHERE project_id = @id AND (term, batch) NOT IN (SELECT term, batch FROM kept)
)
INSERT INTO project_batch (project_id, term, batch) SELECT @id::bigint, term, batch FROM kept ON CONFLICT DO NOTHING
