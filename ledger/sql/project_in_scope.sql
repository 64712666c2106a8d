-- Whether a project lies in scope.
SELECT EXISTS (
    SELECT FROM project p
    WHERE p.id = @id
      AND (@scope_all::boolean OR p.id = ANY (@scope_projects::bigint[])
           OR EXISTS (SELECT FROM project_area pa WHERE pa.project_id = p.id AND pa.county = ANY (@scope_counties::text[]))))
