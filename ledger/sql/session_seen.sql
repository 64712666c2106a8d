-- Notes a session's use and moves its end.
UPDATE session SET seen_at = @now::timestamptz, expires_at = @now::timestamptz + make_interval(secs => @ttl_s::float8) WHERE id = @id
