-- Writes an area that is new or has another name or point.
INSERT INTO area AS a (code, name, level, parent, at)
VALUES (@code, @name, @level, nullif(@parent::text, ''), @at)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, at = coalesce(excluded.at, a.at)
WHERE a.name <> excluded.name OR (excluded.at IS NOT NULL AND a.at IS DISTINCT FROM excluded.at)
