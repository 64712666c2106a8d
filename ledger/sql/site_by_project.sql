-- The sites of some projects with their boundaries, by id.
SELECT s.project_id, s.id, s.county, s.name, s.boundary, s.schematic FROM site s WHERE s.project_id = ANY (@projects::bigint[]) ORDER BY s.id
