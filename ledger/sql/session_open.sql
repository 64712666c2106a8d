-- Opens a session, remembers the device, forgets the account's failures.
WITH forgiven AS (
    DELETE FROM login_failure WHERE key = @account
), device AS (
    INSERT INTO known_device (person_id, device_hash, seen_at) VALUES (@person_id, @device_hash, @now::timestamptz)
    ON CONFLICT (person_id, device_hash) DO UPDATE SET seen_at = excluded.seen_at
)
INSERT INTO session (token_hash, person_id, device, ip, created_at, seen_at, expires_at)
VALUES (@token_hash, @person_id, @device, @ip, @now::timestamptz, @now::timestamptz, @expires_at)
RETURNING id
