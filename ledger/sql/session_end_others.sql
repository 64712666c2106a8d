-- Ends all sessions of a person but one.
UPDATE session SET revoked_at = @now WHERE person_id = @person_id AND id <> @keep AND revoked_at IS NULL
