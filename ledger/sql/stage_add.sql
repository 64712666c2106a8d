-- Notes how a project came to its stage.
INSERT INTO stage_change (project_id, stage, valid_from, person_id, reason) VALUES (@project_id, @stage, @valid_from, @person_id, @reason)
