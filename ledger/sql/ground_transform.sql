-- Points of a system, east first, in EPSG:4490, in the same order.
SELECT ST_Transform(ST_SetSRID(@points::geometry, @epsg::integer), 4490)
