-- Ends one session of a person.
UPDATE session SET revoked_at = @now WHERE id = @id AND person_id = @person_id AND revoked_at IS NULL
