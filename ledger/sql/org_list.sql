-- Units in scope, by name.
SELECT id, name, kind, area FROM org
WHERE @scope_all::boolean OR area = ANY (@scope_counties::text[])
ORDER BY name, id
