-- One row if the blob is there; says whether its derivatives exist. Holds the blob's lock to the commit.
UPDATE blob
SET state = 'stored', stored_at = coalesce(stored_at, @now),
    version_id = CASE WHEN state = 'stored' AND NOT @rewritten::bool THEN version_id ELSE @version_id END,
    etag = CASE WHEN state = 'stored' AND NOT @rewritten::bool THEN etag ELSE @etag END
WHERE hash = @hash
RETURNING (SELECT count(*) = 2 FROM derivative d WHERE d.source = blob.hash) AS derived
