-- Areas above township level in scope, with those above them, by code.
WITH RECURSIVE mine AS (
    SELECT a.* FROM area a
    WHERE a.level <> 'township'
      AND (@scope_all::boolean OR a.code = ANY (@scope_counties::text[])
           OR EXISTS (SELECT FROM project_area pa WHERE pa.county = a.code AND pa.project_id = ANY (@scope_projects::bigint[])))
    UNION
    SELECT up.* FROM area up JOIN mine ON up.code = mine.parent
)
SELECT code, name, level, parent, at FROM mine ORDER BY code
