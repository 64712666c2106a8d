-- Adds a person and returns the id.
INSERT INTO person (login, name, title, phone, org_id, password_hash)
VALUES (nullif(@login::text, ''), @name, @title, @phone, @org_id, @password_hash)
RETURNING id
