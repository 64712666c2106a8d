-- Drops previews that nobody accepted: those older than a week, and all but the latest nine of this person.
DELETE FROM import_batch i
WHERE i.state = 'preview'
  AND (i.created_at < @now::timestamptz - interval '7 days'
       OR i.person_id = @person_id::bigint
          AND i.id NOT IN (SELECT k.id FROM import_batch k WHERE k.person_id = @person_id AND k.state = 'preview' ORDER BY k.id DESC LIMIT 9))
