-- Writes the facts of a project; its version counts on.
UPDATE project
SET code = nullif(@code::text, ''), name = @name, area = @area, industry = @industry, invest_wan = @invest_wan,
    owner_unit = @owner_unit, stage = @stage, note = @note, source = @source, version = version + 1, updated_at = @now
WHERE id = @id
