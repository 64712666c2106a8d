-- Forgets intents that nothing came of and whose bytes are stored or gone.
DELETE FROM upload
WHERE state = 'pending' AND touched_at < now() - make_interval(secs => @ttl_s)
  AND NOT EXISTS (SELECT FROM blob b WHERE b.hash = upload.hash AND b.state = 'pending')
