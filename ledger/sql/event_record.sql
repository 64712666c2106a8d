-- Writes one event.
INSERT INTO event (actor_id, verb, county, project_id, site_id, subject, before, after, trace)
VALUES (@actor_id, @verb, @county, @project_id, @site_id, @subject, @before, @after, @trace)
