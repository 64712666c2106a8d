-- The upload of an id as far as the caller may see it: sender, promised hash, state.
SELECT person_id, hash, state
FROM upload
WHERE id = @id
