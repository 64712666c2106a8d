-- Raises a clock.
INSERT INTO clock (name, version) VALUES (@name, 2)
ON CONFLICT (name) DO UPDATE SET version = clock.version + 1
