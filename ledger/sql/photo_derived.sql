-- Tells the waiting photos of these bytes what came of their derivatives; returns them.
UPDATE photo
SET derivatives = @state,
    flags = CASE WHEN @state = 'failed' THEN array_append(flags, 'undecodable') ELSE flags END
WHERE hash = @hash AND derivatives = 'waiting'
RETURNING county, id, project_id, site_id
