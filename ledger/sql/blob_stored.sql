-- A stored blob and whether its derivatives exist.
SELECT b.size, b.type, b.version_id, b.etag,
       (SELECT count(*) = 2 FROM derivative d WHERE d.source = b.hash) AS derived
FROM blob b
WHERE b.hash = @hash AND b.state = 'stored'
