-- Notes a derivative; a second one of the same source and variant takes its place.
INSERT INTO derivative (source, variant, key, hash, size, width, height)
VALUES (@source, @variant, @key, @hash, @size, @width, @height)
ON CONFLICT (source, variant) DO UPDATE
SET key = excluded.key, hash = excluded.hash, size = excluded.size, width = excluded.width, height = excluded.height, created_at = now()
