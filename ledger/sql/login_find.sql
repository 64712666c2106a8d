-- A login's person, hash, whether this device is known to it, and whether it is disabled.
SELECT p.id, p.password_hash,
       EXISTS (SELECT FROM known_device d WHERE d.person_id = p.id AND d.device_hash = @device_hash::bytea),
       p.disabled_at IS NOT NULL
FROM person p WHERE p.login = @login
