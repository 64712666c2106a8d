-- The facts of one project in scope, locked until the transaction ends.
SELECT p.code, p.name, p.area, p.industry, p.invest_wan, p.owner_unit, p.stage, p.note, p.source, p.version,
       ARRAY(SELECT pa.county FROM project_area pa WHERE pa.project_id = p.id ORDER BY pa.county <> p.area, pa.county) AS counties,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('Term', b.term, 'Batch', b.batch) ORDER BY b.term, b.batch), '[]')
          FROM project_batch b WHERE b.project_id = p.id) AS batches
FROM project p
WHERE p.id = @id
  AND (@scope_all::boolean OR p.id = ANY (@scope_projects::bigint[])
       OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = ANY (@scope_counties::text[])))
FOR UPDATE OF p
