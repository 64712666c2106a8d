-- Every seal with its event in the form that is hashed, NULL where the event is gone.
SELECT s.seq, s.event_id, s.prev, s.hash,
       CASE WHEN e.id IS NOT NULL THEN
       jsonb_build_array(e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.actor_id, e.verb, e.county,
           e.project_id, e.site_id, e.subject, e.before, e.after, e.trace)::text END
FROM event_seal s
LEFT JOIN event e ON e.id = s.event_id
ORDER BY s.seq
