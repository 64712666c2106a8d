-- Everything that happened: audit, activity feed and stream in one.
-- +goose Up

-- One row for each change, written in the transaction of the change. xid orders commits for readers that
-- follow the stream: rows with xid below pg_snapshot_xmin(pg_current_snapshot()) can no longer be joined
-- by an earlier one (promises 3.5).
CREATE TABLE event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at         timestamptz NOT NULL DEFAULT now(),
    actor_id   bigint, -- person; NULL: the system
    verb       text NOT NULL CHECK (verb <> ''), -- photo.received, site.changed …
    county     text NOT NULL DEFAULT '',
    project_id bigint,
    site_id    bigint,
    subject    text NOT NULL DEFAULT '', -- photo:0193…, project:7
    before     jsonb,
    after      jsonb,
    trace      text NOT NULL DEFAULT ''
);
CREATE INDEX event_stream ON event (xid, id);
CREATE INDEX event_subject ON event (subject, id);

-- The chain: hash = SHA-256(prev ‖ canonical row). Made a moment after commit by one sealer (promises 3.7).
CREATE TABLE event_seal (
    seq       bigint PRIMARY KEY,
    event_id  bigint NOT NULL UNIQUE REFERENCES event,
    prev      bytea NOT NULL,
    hash      bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);

-- +goose StatementBegin
CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'event rows are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();
CREATE TRIGGER event_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_seal
    FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();

-- A hint to listeners that there is something to read; the truth is the table.
-- +goose StatementBegin
CREATE FUNCTION event_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('event', '');
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_notify AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION event_notify();

-- A clock counts the changes of one kind of ground; it is raised in the transaction of the change and
-- stands in tile URLs and ETags, so that a tile asked for after a commit shows it.
CREATE TABLE clock (
    name    text PRIMARY KEY, -- site, backdrop, patch
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO clock (name) VALUES ('site'), ('backdrop'), ('patch');

-- +goose Down
DROP TABLE clock, event_seal, event;
DROP FUNCTION event_notify, event_is_append_only;
