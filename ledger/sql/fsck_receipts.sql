-- Every receipt with what it has to say and the key that signed it.
SELECT r.photo_id, r.body, r.signature, coalesce(k.public, '') AS public, p.hash, p.size, p.person_id
FROM receipt r
JOIN photo p ON p.county = r.county AND p.id = r.photo_id
LEFT JOIN receipt_key k ON k.id = r.key_id
