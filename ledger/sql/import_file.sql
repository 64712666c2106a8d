-- The file of one import of the caller's own.
SELECT file FROM import_batch WHERE id = @id AND (person_id = @person_id OR @person_id::bigint IS NULL)
