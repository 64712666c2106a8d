-- The last seal's number and hash.
SELECT seq, hash FROM event_seal ORDER BY seq DESC LIMIT 1
