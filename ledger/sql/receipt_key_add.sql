-- Makes a signing key known.
INSERT INTO receipt_key (id, public)
VALUES (@id, @public)
ON CONFLICT (id) DO NOTHING
