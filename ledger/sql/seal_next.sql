-- Events after the last sealed one, up to the settled id, in the form that is hashed.
SELECT e.id,
       jsonb_build_array(e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.actor_id, e.verb, e.county,
           e.project_id, e.site_id, e.subject, e.before, e.after, e.trace)::text
FROM event e
WHERE e.id <= @settled
  AND e.id > coalesce((SELECT s.event_id FROM event_seal s ORDER BY s.seq DESC LIMIT 1), 0)
ORDER BY e.id
LIMIT @max
