-- Lets one import at a time be accepted.
SELECT pg_advisory_xact_lock(hashtext('guatu.import'))
