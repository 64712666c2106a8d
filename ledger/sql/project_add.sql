-- Adds a project; returns its id.
INSERT INTO project (code, name, area, industry, invest_wan, owner_unit, stage, note, source, created_at, updated_at)
VALUES (nullif(@code::text, ''), @name, @area, @industry, @invest_wan, @owner_unit, @stage, @note, @source, @now, @now)
RETURNING id
