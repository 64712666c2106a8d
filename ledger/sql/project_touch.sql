-- Counts a project's version on: its team or its ground has changed.
UPDATE project SET version = version + 1, updated_at = @now WHERE id = @id
