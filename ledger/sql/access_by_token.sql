-- Who holds a token, if it is live and the person is not disabled.
SELECT p.id, p.login, p.name, p.title, p.phone, p.org_id, o.name AS org_name, p.disabled_at IS NOT NULL AS disabled,
       o.area AS org_area,
       (SELECT r.area FROM person_grant g JOIN project r ON r.id = g.project_id WHERE g.person_id = p.id ORDER BY g.id LIMIT 1) AS project_area,
       c.id AS credential_id, c.seen_at
FROM token c
JOIN person p ON p.id = c.person_id
LEFT JOIN org o ON o.id = p.org_id
WHERE c.token_hash = @token_hash AND c.revoked_at IS NULL AND p.disabled_at IS NULL
  AND (c.expires_at IS NULL OR c.expires_at > @now)
