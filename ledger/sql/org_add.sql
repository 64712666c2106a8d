-- Adds a unit or finds it by name; made says which.
WITH made AS (
    INSERT INTO org (name, kind, area) VALUES (@name, @kind, @area) ON CONFLICT (name) DO NOTHING RETURNING id
)
SELECT id, true FROM made
UNION ALL SELECT id, false FROM org WHERE name = @name
LIMIT 1
