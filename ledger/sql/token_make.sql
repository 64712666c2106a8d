-- Makes a bearer token.
INSERT INTO token (token_hash, person_id, name, created_at, expires_at)
VALUES (@token_hash, @person_id, @name, @now, @expires_at)
RETURNING id
