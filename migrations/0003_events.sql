-- Everything that happened: audit, activity feed and stream in one.
-- +goose Up

-- One row for each change, written in the transaction of the change.
CREATE TABLE event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
CREATE INDEX event_subject ON event (subject, id);

-- Ids are not committed in their order, so a reader that goes by the last id would skip a late commit
-- (promises 3.5). Each writer therefore announces, before it takes an id, the highest id that was taken:
-- a shared advisory lock that its transaction's end releases. What lies below all announcements is settled.
-- Only writers of events hold readers up, not every long transaction of the cluster.
-- +goose StatementBegin
CREATE FUNCTION event_last_id() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_id_seq
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION event_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared((1::bigint << 62) + event_last_id());
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_announce BEFORE INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION event_announce();

-- The highest id that no event still to come can lie below. The rows up to it must be read by a later
-- statement, whose snapshot then sees them all.
-- +goose StatementBegin
CREATE FUNCTION event_settled() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    last bigint := event_last_id(); -- before the locks are looked at
    held bigint;
BEGIN
    SELECT min((l.classid::bigint << 32 | l.objid::bigint) - (1::bigint << 62)) INTO held
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.classid::bigint >= 1::bigint << 30
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN least(last, held);
END $$;
-- +goose StatementEnd

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
DROP FUNCTION event_notify, event_is_append_only, event_announce, event_settled, event_last_id;
