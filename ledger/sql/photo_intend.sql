-- The blob that an upload is going to fill; no row where the id is stored already or somebody else's.
WITH intent AS (
    INSERT INTO upload (id, person_id, county, project_id, site_id, hash, size)
    VALUES (@id, @person_id, @county, @project_id, @site_id, @hash, @size)
    ON CONFLICT (id) DO UPDATE
    SET county = excluded.county, project_id = excluded.project_id, site_id = excluded.site_id,
        hash = excluded.hash, size = excluded.size, touched_at = now()
    WHERE upload.state = 'pending' AND upload.person_id = excluded.person_id
    RETURNING id
)
INSERT INTO blob (hash, size, type)
SELECT @hash, @size, @type::text
FROM intent
ON CONFLICT (hash) DO UPDATE SET touched_at = now()
RETURNING state, version_id, etag
