-- How much of a footprint lies outside a site's boundary, in square metres.
SELECT CASE WHEN ST_Covers(s.boundary, f.shape) THEN 0
            ELSE ST_Area(ST_Difference(f.shape, s.boundary)::geography) END
FROM site s, (SELECT @footprint::geometry AS shape) f
WHERE s.county = @county AND s.id = @site_id
