-- Ends all bearer tokens of a person.
UPDATE token SET revoked_at = @now WHERE person_id = @person_id AND revoked_at IS NULL
