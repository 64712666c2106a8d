-- What a person was granted, with every city and county that each area reaches.
SELECT g.id, g.role, g.area, a.name AS area_name, g.project_id,
       CASE WHEN g.area IS NULL THEN '{}'::text[] ELSE ARRAY(
           SELECT b.code FROM area b
           WHERE b.level <> 'township'
             AND (b.code = g.area OR b.parent = g.area OR b.parent IN (SELECT c.code FROM area c WHERE c.parent = g.area AND c.level <> 'township'))
           ORDER BY b.code) END AS counties
FROM person_grant g
LEFT JOIN area a ON a.code = g.area
WHERE g.person_id = @person_id
ORDER BY g.id
