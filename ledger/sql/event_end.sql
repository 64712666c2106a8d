-- The position after which new events will appear: everything that is settled lies before it.
SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1) AS xid, 9223372036854775807::bigint AS id
