-- Sets a password hash.
UPDATE person SET password_hash = @password_hash WHERE id = @id
