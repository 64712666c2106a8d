-- The oldest blob whose upload was given up, locked; uploads of the same bytes wait for the lock.
SELECT hash
FROM blob
WHERE state = 'pending' AND touched_at < now() - make_interval(secs => @ttl_s)
ORDER BY touched_at
LIMIT 1
FOR UPDATE SKIP LOCKED
