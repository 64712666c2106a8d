-- Keeps one state of a site's boundary.
INSERT INTO site_version (county, site_id, version, boundary, valid_from, person_id, reason, source_hash)
VALUES (@county, @site_id, @version, @boundary, @valid_from, @person_id, @reason, nullif(@source_hash::text, ''))
