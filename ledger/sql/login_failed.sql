-- Counts a failed login and returns until when the key is locked now, NULL where it is not.
INSERT INTO login_failure AS f (key, failures, last_at, locked_until)
VALUES (@key, 1, @now::timestamptz, NULL)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN f.last_at < @now::timestamptz - make_interval(secs => @forget_s::float8) THEN 1 ELSE f.failures + 1 END,
    last_at = @now::timestamptz,
    locked_until = CASE
        WHEN f.last_at < @now::timestamptz - make_interval(secs => @forget_s::float8) THEN NULL
        WHEN f.failures + 1 >= @limit::int THEN @now::timestamptz
            + make_interval(secs => least(@most_s::float8, @first_s::float8 * power(2, least(f.failures + 1 - @limit::int, 20)))) END
RETURNING locked_until
