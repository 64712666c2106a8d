-- Tables that lack forced row security, and the role if it is not bound by it.
SELECT 'table ' || c.relname
FROM pg_class c
WHERE c.relname IN ('photo', 'upload', 'receipt') AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
UNION ALL
SELECT 'role ' || r.rolname
FROM pg_roles r
WHERE r.rolname = current_user AND (r.rolsuper OR r.rolbypassrls)
ORDER BY 1
