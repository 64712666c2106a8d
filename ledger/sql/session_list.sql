-- A person's live sessions, the latest used first.
SELECT id, device, ip, created_at, seen_at, expires_at FROM session
WHERE person_id = @person_id AND revoked_at IS NULL AND expires_at > @now
ORDER BY seen_at DESC, id DESC
LIMIT 200
