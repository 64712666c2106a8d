-- One row: the layers of a tile one after another (empty where nothing lies in it), and the clocks of the same snapshot.
-- Each layer is encoded once over all counties, because a layer must not repeat in a tile. The window in EPSG:4490
-- comes first, so that the index decides; scope is in every part that has counties.
SELECT
    (SELECT version FROM clock WHERE name = 'site')     AS site,
    (SELECT version FROM clock WHERE name = 'backdrop') AS backdrop,
    (SELECT version FROM clock WHERE name = 'patch')    AS patch,
    coalesce((
        SELECT string_agg(layer, NULL) FROM (
            SELECT ST_AsMVT(f, f.kind, 4096, 'shape', 'fid') AS layer
            FROM (
                SELECT b.kind, b.id AS fid, b.name, b.code, b.rank, b.schematic,
                       ST_AsMVTGeom(ST_Simplify(ST_Transform(b.shape, 3857), @unit_m::float8, true),
                                    ST_TileEnvelope(@z::int, @x::int, @y::int), 4096, 64) AS shape
                FROM backdrop b
                WHERE b.kind = ANY (@backdrops::text[])
                  AND b.shape && @window::geometry
                  AND b.rank <= @most_rank::int
                ORDER BY b.rank, b.id
                LIMIT @most::int
            ) f
            WHERE f.shape IS NOT NULL
            GROUP BY f.kind
        ) layers
    ), ''::bytea)
    || coalesce((
        SELECT string_agg(layer, NULL) FROM (
            SELECT ST_AsMVT(f, f.kind, 4096, 'shape') AS layer
            FROM (
                SELECT v.kind, t.id, t.scheme, t.code, t.level, v.schematic,
                       ST_AsMVTGeom(ST_Simplify(ST_Transform(t.shape, 3857), @unit_m::float8, true),
                                    ST_TileEnvelope(@z::int, @x::int, @y::int), 4096, 64) AS shape
                FROM patch t
                JOIN layer_version v ON v.id = t.layer_version_id
                WHERE v.active AND v.kind = ANY (@patches::text[])
                  AND t.shape && @window::geometry
                  AND t.area_m2 >= @smallest_m2::float8
                  AND (@patch_all::boolean OR t.county = ANY (@patch_counties::text[]))
                ORDER BY t.area_m2 DESC, t.county, t.id
                LIMIT @most::int
            ) f
            WHERE f.shape IS NOT NULL
            GROUP BY f.kind
        ) layers
    ), ''::bytea)
    || coalesce((
        SELECT ST_AsMVT(f, 'site', 4096, 'shape', 'fid')
        FROM (
            SELECT s.id AS fid, s.id, s.name, p.stage, p.id AS project_id, p.name AS project, s.schematic,
                   ST_AsMVTGeom(ST_Simplify(ST_Transform(s.boundary, 3857), @unit_m::float8, true),
                                ST_TileEnvelope(@z::int, @x::int, @y::int), 4096, 64) AS shape
            FROM site s
            JOIN project p ON p.id = s.project_id
            WHERE @sites::boolean
              AND s.boundary && @window::geometry
              AND s.area_m2 >= @smallest_m2::float8
              AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
            ORDER BY s.area_m2 DESC, s.id
            LIMIT @most::int
        ) f
        WHERE f.shape IS NOT NULL
    ), ''::bytea)
    || coalesce((
        SELECT ST_AsMVT(f, 'site_label', 4096, 'shape', 'fid')
        FROM (
            SELECT s.id AS fid, s.id, s.name, p.stage, p.id AS project_id, p.name AS project, s.schematic,
                   ST_AsMVTGeom(ST_Transform(s.label_at, 3857), ST_TileEnvelope(@z::int, @x::int, @y::int), 4096, 64) AS shape
            FROM site s
            JOIN project p ON p.id = s.project_id
            WHERE @labels::boolean
              AND s.label_at && @window::geometry
              AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))
            ORDER BY s.area_m2 DESC, s.id
            LIMIT @most::int
        ) f
        WHERE f.shape IS NOT NULL
    ), ''::bytea) AS mvt
