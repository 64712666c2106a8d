-- Rows that break an invariant by themselves: which, about what, in what way.
SELECT 'I1' AS invariant, 'photo:' || u.id AS subject, 'upload_without_photo' AS fault, '' AS detail
FROM upload u WHERE u.state = 'stored' AND NOT EXISTS (SELECT FROM photo p WHERE p.id = u.id)
UNION ALL
SELECT 'I1', 'photo:' || p.id, 'photo_without_receipt', ''
FROM photo p WHERE NOT EXISTS (SELECT FROM receipt r WHERE r.county = p.county AND r.photo_id = p.id)
UNION ALL
SELECT 'I1', 'photo:' || p.id, 'photo_without_upload', ''
FROM photo p WHERE NOT EXISTS (SELECT FROM upload u WHERE u.id = p.id AND u.state = 'stored' AND u.hash = p.hash)
UNION ALL
SELECT 'I2', p.hash, 'blob_not_stored', 'photo:' || p.id
FROM photo p JOIN blob b ON b.hash = p.hash WHERE b.state <> 'stored' OR b.size <> p.size
UNION ALL
SELECT 'I3', 'photo:' || p.id, 'id_twice', count(*)::text
FROM photo p GROUP BY p.id HAVING count(*) > 1
UNION ALL
SELECT 'I4', b.hash, 'pending_too_long', b.touched_at::text
FROM blob b WHERE b.state = 'pending' AND b.touched_at < now() - make_interval(secs => @ttl_s)
UNION ALL
SELECT 'I4', 'photo:' || u.id, 'pending_too_long', u.touched_at::text
FROM upload u WHERE u.state = 'pending' AND u.touched_at < now() - make_interval(secs => @ttl_s)
UNION ALL
SELECT 'I5', 'photo:' || p.id, 'audit_count', count(e.id)::text
FROM photo p LEFT JOIN event e ON e.subject = 'photo:' || p.id AND e.verb = 'photo.received'
GROUP BY p.county, p.id HAVING count(e.id) <> 1
UNION ALL
SELECT 'I5', e.subject, 'audit_without_photo', e.id::text
FROM event e WHERE e.verb = 'photo.received' AND NOT EXISTS (SELECT FROM photo p WHERE 'photo:' || p.id = e.subject)
UNION ALL
SELECT 'I6', 'photo:' || p.id, 'no_job', ''
FROM photo p WHERE p.derivatives = 'waiting' AND NOT EXISTS (
    SELECT FROM river_job j WHERE j.kind = 'photo_derive' AND j.args->>'hash' = p.hash
      AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))
UNION ALL
SELECT 'I6', 'photo:' || p.id, 'derivatives_missing', count(d.source)::text
FROM photo p LEFT JOIN derivative d ON d.source = p.hash
WHERE p.derivatives = 'done' GROUP BY p.county, p.id HAVING count(d.source) <> 2
ORDER BY 1, 2
