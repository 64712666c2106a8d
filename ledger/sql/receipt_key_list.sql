-- All keys that receipts were ever signed with, oldest first.
SELECT id, public, created_at
FROM receipt_key
ORDER BY created_at, id
