-- Takes all grants from a person.
DELETE FROM person_grant WHERE person_id = @person_id
