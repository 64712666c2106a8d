-- A person's password hash.
SELECT password_hash FROM person WHERE id = @id
