-- Disables a person or gives access back.
UPDATE person SET disabled_at = CASE WHEN @disabled::boolean THEN @now::timestamptz END WHERE id = @id
