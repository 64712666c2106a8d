-- One building of a site, locked until the transaction ends.
SELECT b.name, b.state, b.footprint FROM building b WHERE b.county = @county AND b.site_id = @site_id AND b.id = @id FOR UPDATE
