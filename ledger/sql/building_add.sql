-- Adds a building to a site; returns its id.
INSERT INTO building (county, site_id, name, state, footprint, updated_at)
VALUES (@county, @site_id, @name, @state, @footprint, @now)
RETURNING id
