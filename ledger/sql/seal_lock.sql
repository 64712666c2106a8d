-- Whether this transaction is the sealer until it ends.
SELECT pg_try_advisory_xact_lock(@lock)
