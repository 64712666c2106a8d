-- Who there is, what they may do where, and how they log in.
-- +goose Up

-- An area (行政区划) is a node of the administrative tree: province, city, county, township.
-- county in every scoped table is the code of such a node; a city's own code stands there
-- only while the county is not known (docs/sources.md#L2).
CREATE TABLE area (
    code   text PRIMARY KEY CHECK (code ~ '^[0-9]{6}([0-9]{3})?$'),
    name   text NOT NULL CHECK (name <> ''),
    level  text NOT NULL CHECK (level IN ('province', 'city', 'county', 'township')),
    parent text REFERENCES area,
    at     geometry(Point, 4490) -- reference point (示意), where a thing without a position is hinted at
);
CREATE INDEX area_parent ON area (parent);

-- An org is a unit: 指挥部, 县区, 委局, 乡镇, 园区, 四大办, 项目单位.
CREATE TABLE org (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('headquarters', 'county', 'bureau', 'township', 'park', 'office', 'company')),
    area text NOT NULL REFERENCES area
);

CREATE TABLE person (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login         text UNIQUE CHECK (login = lower(login) AND login <> ''),
    name          text NOT NULL CHECK (name <> ''),
    title         text NOT NULL DEFAULT '',
    phone         text NOT NULL DEFAULT '',
    org_id        bigint REFERENCES org,
    password_hash text, -- argon2id in PHC form; NULL: cannot log in by password
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- A grant is a role in an area (with everything below it) or in one project.
CREATE TABLE person_grant (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    role       text NOT NULL CONSTRAINT person_grant_role CHECK (role IN
                 ('commander', 'watcher', 'inspector', 'land', 'forestry', 'county', 'auditor', 'admin')),
    area       text REFERENCES area,
    project_id bigint, -- REFERENCES project, added where project is made
    CONSTRAINT person_grant_one_scope CHECK (num_nonnulls(area, project_id) = 1),
    UNIQUE NULLS NOT DISTINCT (person_id, role, area, project_id)
);

-- A session is one login on one device; the cookie holds the token, this row its SHA-256.
CREATE TABLE session (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    person_id  bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    device     text NOT NULL DEFAULT '',
    ip         text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_person ON session (person_id);

-- A token is a bearer credential for scripts; made by `guatu token`, revocable.
CREATE TABLE token (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    person_id  bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    name       text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at    timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
);

-- Failed logins, counted per account (and per device that the account knows) and per address.
CREATE TABLE login_failure (
    key          text PRIMARY KEY,
    failures     integer NOT NULL,
    locked_until timestamptz,
    last_at      timestamptz NOT NULL
);

-- A device from which a person has logged in before: a stranger's failures do not lock it out.
CREATE TABLE known_device (
    person_id   bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    device_hash bytea NOT NULL,
    seen_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person_id, device_hash)
);

-- +goose Down
DROP TABLE known_device, login_failure, token, session, person_grant, person, org, area;
