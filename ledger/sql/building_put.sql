-- Writes a building.
UPDATE building SET name = @name, state = @state, footprint = @footprint, updated_at = @now
WHERE county = @county AND site_id = @site_id AND id = @id
