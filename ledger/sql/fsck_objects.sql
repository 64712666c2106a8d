-- Every object that a row names: stored blobs and derivatives.
SELECT '' AS key, b.hash, b.size, b.version_id, b.etag
FROM blob b WHERE b.state = 'stored'
UNION ALL
SELECT d.key, d.hash, d.size, '', ''
FROM derivative d
