-- Writes many events in their order. One statement, so that one announcement covers all of them.
INSERT INTO event (actor_id, verb, county, project_id, site_id, subject, before, after, trace)
SELECT e.actor_id, e.verb, e.county, e.project_id, e.site_id, e.subject, e.before::jsonb, e.after::jsonb, e.trace
FROM unnest(@actor_id::bigint[], @verb::text[], @county::text[], @project_id::bigint[], @site_id::bigint[], @subject::text[],
            @before::text[], @after::text[], @trace::text[]) WITH ORDINALITY
     AS e (actor_id, verb, county, project_id, site_id, subject, before, after, trace, n)
ORDER BY e.n
