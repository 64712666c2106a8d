-- Until when the latest of these keys is locked, NULL where none is.
SELECT max(locked_until) FROM login_failure WHERE key = ANY (@keys::text[]) AND locked_until > @now
