-- Projects that a line of a ledger may mean: of the same code or name, wherever they lie, and whether they lie in scope.
SELECT p.id, p.code, p.name, p.area, a.parent AS area_parent, p.industry, p.invest_wan, p.owner_unit, p.stage, p.note, p.source, p.version,
       ARRAY(SELECT pa.county FROM project_area pa WHERE pa.project_id = p.id ORDER BY pa.county <> p.area, pa.county) AS counties,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('Term', b.term, 'Batch', b.batch) ORDER BY b.term, b.batch), '[]')
          FROM project_batch b WHERE b.project_id = p.id) AS batches,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('Role', m.role, 'PersonID', m.person_id, 'Name', m.name, 'Title', m.title, 'Phone', m.phone) ORDER BY m.role), '[]')
          FROM member m WHERE m.project_id = p.id) AS members,
       (@scope_all::boolean OR p.id = ANY (@scope_projects::bigint[])
        OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = ANY (@scope_counties::text[]))) AS in_scope
FROM project p
JOIN area a ON a.code = p.area
WHERE p.code = ANY (@codes::text[]) OR p.name = ANY (@names::text[])
ORDER BY p.id
