-- One row: the clocks of the ground, the kinds of patches there are, and what tells this database from others.
SELECT
    (SELECT version FROM clock WHERE name = 'site')     AS site,
    (SELECT version FROM clock WHERE name = 'backdrop') AS backdrop,
    (SELECT version FROM clock WHERE name = 'patch')    AS patch,
    (SELECT array_agg(kind ORDER BY kind) FROM layer)   AS kinds,
    (SELECT c.system_identifier::text || '.' || d.oid::text
     FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()) AS origin
