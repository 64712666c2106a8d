-- One row if the intent still stands: pending, for these bytes, and too young for the sweeper by half.
UPDATE upload
SET state = 'stored', touched_at = now()
WHERE id = @id AND state = 'pending' AND hash = @hash
  AND touched_at > now() - make_interval(secs => @ttl_s::float8 / 2)
RETURNING id
