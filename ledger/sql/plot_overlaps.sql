-- Pairs of plots that lie on each other by more than @floor m², the largest first.
WITH plot AS MATERIALIZED (
    SELECT n, ST_GeomFromEWKB(ewkb) AS ground
    FROM unnest(@plots::bytea[]) WITH ORDINALITY AS given (ewkb, n)
), common AS (
    SELECT a.n AS one, b.n AS other, ST_Intersection(a.ground, b.ground) AS ground
    FROM unnest(@ones::bigint[], @others::bigint[]) AS pair (one, other)
    JOIN plot a ON a.n = pair.one
    JOIN plot b ON b.n = pair.other
)
SELECT one, other, ST_Area(ground::geography) AS area_m2, ST_PointOnSurface(ground) AS at
FROM common
WHERE ST_Area(ground::geography) > @floor::float8
ORDER BY area_m2 DESC, one, other
LIMIT @max
