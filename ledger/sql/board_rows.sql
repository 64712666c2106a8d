-- What lies on the board: sites in scope by name, then projects in scope that have no site at all; at least one row,
-- which carries the clock. Photos are those that the server received between @day_start and @day_end.
WITH today AS (
    SELECT county, site_id, count(*) AS photos
    FROM photo
    WHERE received_at >= @day_start AND received_at < @day_end AND site_id IS NOT NULL
    GROUP BY county, site_id
), rolls AS (
    SELECT project_id, array_agg(batch || ':' || term ORDER BY term, batch) AS batches
    FROM project_batch
    GROUP BY project_id
), board AS (
    SELECT s.id AS site_id, s.county, s.name AS site, s.area_m2, s.label_at AS at, s.schematic,
           coalesce(t.photos, 0) AS photos, l.received_at AS last_photo_at,
           p.id AS project_id, p.name AS project, p.area, p.stage, p.industry, p.invest_wan, r.batches
    FROM site s
    JOIN project p ON p.id = s.project_id
    LEFT JOIN rolls r ON r.project_id = p.id
    LEFT JOIN today t ON t.county = s.county AND t.site_id = s.id
    LEFT JOIN LATERAL (
        SELECT received_at FROM photo
        WHERE county = s.county AND site_id = s.id AND received_at < @day_end
        ORDER BY received_at DESC
        LIMIT 1
    ) l ON true
    WHERE @scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[])
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.id, p.name, p.area, p.stage, p.industry, p.invest_wan, NULL
    FROM project p
    WHERE NOT EXISTS (SELECT FROM site s WHERE s.project_id = p.id)
      AND (@scope_all OR p.id = ANY (@scope_projects)
           OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = ANY (@scope_counties)))
)
SELECT c.version, b.site_id, b.county, b.site, b.area_m2, b.at, b.schematic, b.photos, b.last_photo_at,
       b.project_id, b.project, b.area, a.name AS area_name, b.stage, b.industry, b.invest_wan, b.batches
FROM clock c
LEFT JOIN board b ON true
LEFT JOIN area a ON a.code = b.area
WHERE c.name = 'site'
ORDER BY b.site_id IS NULL, b.project COLLATE "C", b.site COLLATE "C", b.site_id, b.project_id
