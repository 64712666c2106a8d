-- Sites in scope that plots lie on by more than @floor m², by plot, the largest first.
WITH plot AS MATERIALIZED (
    SELECT n, ST_GeomFromEWKB(ewkb) AS ground
    FROM unnest(@plots::bytea[]) WITH ORDINALITY AS given (ewkb, n)
), common AS (
    SELECT plot.n, s.id, s.county, s.project_id, s.name, s.area_m2 AS site_m2, ST_Intersection(s.boundary, plot.ground) AS ground
    FROM plot
    JOIN site s ON s.boundary && plot.ground AND ST_Intersects(s.boundary, plot.ground)
    WHERE (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
)
SELECT n AS plot, id AS site_id, county, project_id, name, site_m2, ST_Area(ground::geography) AS area_m2, ST_PointOnSurface(ground) AS at
FROM common
WHERE ST_Area(ground::geography) > @floor::float8
ORDER BY plot, area_m2 DESC, site_id
LIMIT @max
