-- Adds a photo.
INSERT INTO photo (county, id, project_id, site_id, person_id, hash, size, type, width, height, orientation,
                   taken_at, taken_zone, received_at, position, accuracy_m, position_source, position_at,
                   camera, exif, flags, derivatives)
VALUES (@county, @id, @project_id, @site_id, @person_id, @hash, @size, @type, @width, @height, @orientation,
        @taken_at, @taken_zone, @received_at, @position, @accuracy_m, @position_source, @position_at,
        @camera, @exif, @flags, @derivatives)
