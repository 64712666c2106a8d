-- Marks an import as accepted.
UPDATE import_batch SET state = 'accepted', accepted_at = @now WHERE id = @id
