-- The way of a photo: intent, bytes, picture, proof (promises 3.1–3.3).
-- +goose Up

-- A blob is bytes in the object store, once. While it is pending its object may or may not be there;
-- pending rows name every possible orphan.
CREATE TABLE blob (
    hash       text PRIMARY KEY CHECK (hash ~ '^sha256:[0-9a-f]{64}$'),
    size       bigint NOT NULL CHECK (size > 0),
    type       text NOT NULL,
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'stored')),
    version_id text NOT NULL DEFAULT '', -- of the object, where the store keeps versions
    etag       text NOT NULL DEFAULT '',
    touched_at timestamptz NOT NULL DEFAULT now(),
    stored_at  timestamptz,
    CONSTRAINT blob_stored_has_time CHECK (state = 'pending' OR stored_at IS NOT NULL)
);
CREATE INDEX blob_pending ON blob (touched_at) WHERE state = 'pending';

-- An upload is the intent to send one photo: the id that the phone made, and what it promises to send.
-- It holds ids unique over all counties.
CREATE TABLE upload (
    id         uuid PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES person,
    county     text NOT NULL,
    project_id bigint,
    site_id    bigint,
    hash       text NOT NULL,
    size       bigint NOT NULL,
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'stored')),
    created_at timestamptz NOT NULL DEFAULT now(),
    touched_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX upload_pending ON upload (touched_at) WHERE state = 'pending';

CREATE TABLE photo (
    county          text NOT NULL,
    id              uuid NOT NULL,
    project_id      bigint,
    site_id         bigint, -- NULL: not yet assigned to a site
    person_id       bigint NOT NULL REFERENCES person,
    hash            text NOT NULL REFERENCES blob,
    size            bigint NOT NULL,
    type            text NOT NULL,
    width           integer NOT NULL, -- as stored, before orientation
    height          integer NOT NULL,
    orientation     smallint NOT NULL DEFAULT 1 CHECK (orientation BETWEEN 1 AND 8),
    taken_at        timestamptz,
    taken_zone      text NOT NULL DEFAULT 'none' CHECK (taken_zone IN ('none', 'exif', 'gps', 'assumed', 'phone')),
    received_at     timestamptz NOT NULL,
    position        geometry(Point, 4490), -- as given, WGS-84 taken as EPSG:4490 (docs/sources.md#datum)
    accuracy_m      double precision,
    position_source text NOT NULL DEFAULT 'none' CHECK (position_source IN ('none', 'browser', 'exif')),
    position_at     timestamptz,
    camera          text NOT NULL DEFAULT '', -- make and model, as the file says
    exif            jsonb NOT NULL DEFAULT '{}', -- what was read, never believed blindly
    flags           text[] NOT NULL DEFAULT '{}', -- duplicate, gps_invalid, …
    derivatives     text NOT NULL DEFAULT 'waiting' CHECK (derivatives IN ('waiting', 'done', 'failed')),
    PRIMARY KEY (county, id),
    FOREIGN KEY (county, site_id) REFERENCES site ON DELETE RESTRICT
);
CREATE INDEX photo_site_received ON photo (county, site_id, received_at DESC);
CREATE INDEX photo_received ON photo (received_at DESC, id DESC);
CREATE INDEX photo_project ON photo (project_id, received_at DESC);
CREATE INDEX photo_person ON photo (person_id, received_at DESC);
CREATE INDEX photo_id ON photo (id);
CREATE INDEX photo_hash ON photo (hash);

-- A smaller picture without metadata, made from a blob; the same for every photo of those bytes.
CREATE TABLE derivative (
    source     text NOT NULL REFERENCES blob,
    variant    text NOT NULL CHECK (variant IN ('1600', '320')),
    key        text NOT NULL, -- of the object
    hash       text NOT NULL, -- of its bytes
    size       bigint NOT NULL,
    width      integer NOT NULL,
    height     integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, variant)
);

-- The server's word, signed with Ed25519 over body, that it holds these bytes.
CREATE TABLE receipt_key (
    id         text PRIMARY KEY,
    public     bytea NOT NULL CHECK (length(public) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE receipt (
    county     text NOT NULL,
    photo_id   uuid NOT NULL,
    key_id     text NOT NULL REFERENCES receipt_key,
    body       text NOT NULL, -- canonical JSON, the bytes that are signed
    signature  bytea NOT NULL CHECK (length(signature) = 64),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (county, photo_id),
    FOREIGN KEY (county, photo_id) REFERENCES photo ON DELETE RESTRICT
);

-- The second wall (promises S1): a connection sees only the rows of the scope that was set on it, and
-- nothing where none was set. Spatial tables have their scope in every query instead: row security keeps
-- GiST from being used.
ALTER TABLE upload  ENABLE ROW LEVEL SECURITY;
ALTER TABLE upload  FORCE  ROW LEVEL SECURITY;
ALTER TABLE photo   ENABLE ROW LEVEL SECURITY;
ALTER TABLE photo   FORCE  ROW LEVEL SECURITY;
ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
ALTER TABLE receipt FORCE  ROW LEVEL SECURITY;
CREATE POLICY upload_scope ON upload USING (
    (SELECT current_setting('guatu.all', true) = 'on')
    OR county = ANY ((SELECT coalesce(nullif(current_setting('guatu.counties', true), ''), '{}')::text[])::text[])
    OR project_id = ANY ((SELECT coalesce(nullif(current_setting('guatu.projects', true), ''), '{}')::bigint[])::bigint[])
    OR person_id = (SELECT nullif(current_setting('guatu.person', true), '')::bigint));
CREATE POLICY photo_scope ON photo USING (
    (SELECT current_setting('guatu.all', true) = 'on')
    OR county = ANY ((SELECT coalesce(nullif(current_setting('guatu.counties', true), ''), '{}')::text[])::text[])
    OR project_id = ANY ((SELECT coalesce(nullif(current_setting('guatu.projects', true), ''), '{}')::bigint[])::bigint[])
    OR person_id = (SELECT nullif(current_setting('guatu.person', true), '')::bigint));
CREATE POLICY receipt_scope ON receipt USING (
    EXISTS (SELECT FROM photo p WHERE p.county = receipt.county AND p.id = receipt.photo_id));

-- +goose Down
DROP TABLE receipt, receipt_key, derivative, photo, upload, blob;
