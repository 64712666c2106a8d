-- Events after a position, oldest first; none that a transaction under way could still precede.
SELECT id, xid::text::bigint AS xid, at, actor_id, verb, county, project_id, site_id, subject, before, after, trace
FROM event
WHERE (xid, id) > ((@xid::bigint)::text::xid8, @id::bigint)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id
LIMIT @max
