-- One import of the caller's own.
SELECT id, kind, filename, preview, state, created_at
FROM import_batch
WHERE id = @id AND (person_id = @person_id OR @person_id::bigint IS NULL)
