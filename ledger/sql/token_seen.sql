-- Notes a token's use; its end does not move.
UPDATE token SET seen_at = @now::timestamptz WHERE id = @id AND @ttl_s::float8 IS NOT NULL
