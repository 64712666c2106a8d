-- Writes a site's current boundary and name; returns its area.
UPDATE site SET boundary = @boundary, name = @name, schematic = @schematic, version = @version, updated_at = @now
WHERE county = @county AND id = @id
RETURNING area_m2
