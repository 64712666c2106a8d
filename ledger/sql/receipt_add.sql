-- Adds the receipt of a photo.
INSERT INTO receipt (county, photo_id, key_id, body, signature)
VALUES (@county, @photo_id, @key_id, @body, @signature)
