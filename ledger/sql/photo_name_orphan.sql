-- Names an object again that a late upload wrote behind the sweeper's back.
INSERT INTO blob (hash, size, type)
VALUES (@hash, @size, @type)
ON CONFLICT (hash) DO UPDATE SET touched_at = now()
