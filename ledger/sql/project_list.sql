-- Projects in scope with their batches, team and sites, the latest changed first.
SELECT p.id, p.code, p.name, p.area, a.name AS area_name, p.industry, p.invest_wan, p.owner_unit, p.stage, p.note, p.source,
       p.version, p.created_at, p.updated_at,
       ARRAY(SELECT pa.county FROM project_area pa WHERE pa.project_id = p.id ORDER BY pa.county <> p.area, pa.county) AS counties,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('Term', b.term, 'Batch', b.batch) ORDER BY b.term, b.batch), '[]')
          FROM project_batch b WHERE b.project_id = p.id) AS batches,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('Role', m.role, 'PersonID', m.person_id, 'Name', m.name, 'Title', m.title, 'Phone', m.phone)
                        ORDER BY array_position(ARRAY['leader', 'officer', 'helper', 'inspector', 'owner'], m.role)), '[]')
          FROM member m WHERE m.project_id = p.id) AS members,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('ID', s.id, 'County', s.county, 'Name', s.name, 'AreaM2', s.area_m2) ORDER BY s.id), '[]')
          FROM site s
         WHERE s.project_id = p.id
           AND (@scope_all::boolean OR s.county = ANY (@scope_counties::text[]) OR s.project_id = ANY (@scope_projects::bigint[]))) AS sites
FROM project p
JOIN area a ON a.code = p.area
WHERE (@scope_all OR p.id = ANY (@scope_projects)
       OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = ANY (@scope_counties)))
  AND (@before_at::timestamptz IS NULL OR (p.updated_at, p.id) < (@before_at, @before_id::bigint))
  AND (@stage::text IS NULL OR p.stage = @stage)
  AND (@county::text IS NULL OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = @county))
  AND (@batch::text IS NULL OR EXISTS (SELECT FROM project_batch b WHERE b.project_id = p.id AND b.batch = @batch
                                        AND (@term::integer IS NULL OR b.term = @term)))
  AND (@like::text IS NULL OR p.name ILIKE @like OR p.code ILIKE @like OR p.owner_unit ILIKE @like)
ORDER BY p.updated_at DESC, p.id DESC
LIMIT @max
