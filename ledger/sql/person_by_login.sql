-- One person by login.
SELECT p.id, p.login, p.name, p.title, p.phone, p.org_id, o.name AS org_name, p.disabled_at IS NOT NULL AS disabled
FROM person p
LEFT JOIN org o ON o.id = p.org_id
WHERE p.login = @login
