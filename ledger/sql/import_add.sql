-- Keeps an import between upload and acceptance; returns its id.
INSERT INTO import_batch (kind, person_id, filename, file, preview, created_at)
VALUES (@kind, @person_id, @filename, @file, @preview, @now)
RETURNING id
