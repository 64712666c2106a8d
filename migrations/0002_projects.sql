-- The ledger (台账): projects, their batches and stages, the five-one team, their ground.
-- +goose Up

CREATE TABLE project (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text UNIQUE CHECK (code <> ''), -- 项目代码 of the provincial approval platform
    name       text NOT NULL CHECK (name <> ''),
    area       text NOT NULL REFERENCES area, -- the county that leads; the city while that is unknown
    industry   text NOT NULL DEFAULT '',
    invest_wan double precision CHECK (invest_wan >= 0), -- 万元; NULL: not stated
    owner_unit text NOT NULL DEFAULT '',
    stage      text NOT NULL DEFAULT 'idea' CONSTRAINT project_stage CHECK (stage IN
                 ('idea', 'reserve', 'signed', 'landed', 'started', 'building', 'accepting', 'producing', 'reached')),
    note       text NOT NULL DEFAULT '',
    source     text NOT NULL DEFAULT '', -- where the facts come from: a page, a workbook
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX project_name_in_area ON project (area, name) WHERE code IS NULL;
CREATE INDEX project_updated ON project (updated_at DESC, id DESC);

-- The counties that a project lies in; scope reads this. The leading area is always among them.
CREATE TABLE project_area (
    project_id bigint NOT NULL REFERENCES project ON DELETE CASCADE,
    county     text NOT NULL REFERENCES area,
    PRIMARY KEY (county, project_id)
);
CREATE INDEX project_area_project ON project_area (project_id);

ALTER TABLE person_grant ADD FOREIGN KEY (project_id) REFERENCES project ON DELETE CASCADE;

-- 期 × 签约/开工/投产: a batch is an honour roll, not a stage (docs/sources.md#L2, #C7).
CREATE TABLE project_batch (
    project_id bigint NOT NULL REFERENCES project ON DELETE CASCADE,
    term       integer NOT NULL CHECK (term BETWEEN 1 AND 200),
    batch      text NOT NULL CHECK (batch IN ('signed', 'started', 'producing')),
    PRIMARY KEY (project_id, term, batch)
);

-- How a project came to its stage; rows are never changed.
CREATE TABLE stage_change (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES project ON DELETE CASCADE,
    stage      text NOT NULL,
    valid_from timestamptz NOT NULL DEFAULT now(),
    person_id  bigint REFERENCES person,
    reason     text NOT NULL DEFAULT ''
);
CREATE INDEX stage_change_project ON stage_change (project_id, valid_from);

-- “五个一” (docs/sources.md#X5): one person for each of five roles; a role without a row is a hole.
CREATE TABLE member (
    project_id bigint NOT NULL REFERENCES project ON DELETE CASCADE,
    role       text NOT NULL CONSTRAINT member_role CHECK (role IN ('leader', 'officer', 'helper', 'inspector', 'owner')),
    person_id  bigint REFERENCES person,
    name       text NOT NULL CHECK (name <> ''),
    title      text NOT NULL DEFAULT '',
    phone      text NOT NULL DEFAULT '',
    PRIMARY KEY (project_id, role)
);
CREATE INDEX member_person ON member (person_id);

-- A site (点位) is one piece of ground of a project; a road has several, a plant has one.
CREATE TABLE site (
    county     text NOT NULL REFERENCES area,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL REFERENCES project ON DELETE RESTRICT,
    name       text NOT NULL CHECK (name <> ''),
    boundary   geometry(MultiPolygon, 4490) NOT NULL
                 CONSTRAINT site_boundary_valid CHECK (NOT ST_IsEmpty(boundary) AND ST_IsValid(boundary)), -- 用地红线
    area_m2    double precision GENERATED ALWAYS AS (ST_Area(boundary::geography)) STORED, -- on the ellipsoid
    label_at   geometry(Point, 4490) GENERATED ALWAYS AS (ST_PointOnSurface(boundary)) STORED,
    schematic  boolean NOT NULL DEFAULT false, -- 示意: the position is invented and must say so
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (county, id)
);
CREATE INDEX site_boundary_gist ON site USING gist (boundary);
CREATE INDEX site_label_gist ON site USING gist (label_at);
CREATE INDEX site_project ON site (project_id);
CREATE INDEX site_id ON site (id);

-- Every boundary that a site has had: who drew it, when, why. The newest equals site.boundary.
CREATE TABLE site_version (
    county      text NOT NULL,
    site_id     bigint NOT NULL,
    version     integer NOT NULL,
    boundary    geometry(MultiPolygon, 4490) NOT NULL,
    area_m2     double precision GENERATED ALWAYS AS (ST_Area(boundary::geography)) STORED,
    valid_from  timestamptz NOT NULL DEFAULT now(),
    person_id   bigint REFERENCES person,
    reason      text NOT NULL DEFAULT '',
    source_hash text, -- blob of the file that it was read from
    PRIMARY KEY (county, site_id, version),
    FOREIGN KEY (county, site_id) REFERENCES site ON DELETE CASCADE
);

-- A building (单体) is accepted by itself: 竣工一幢、验收一幢 (docs/sources.md#Z17).
CREATE TABLE building (
    county     text NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    site_id    bigint NOT NULL,
    name       text NOT NULL CHECK (name <> ''),
    state      text NOT NULL DEFAULT 'planned' CONSTRAINT building_state CHECK (state IN
                 ('planned', 'foundation', 'structure', 'fitting', 'finished', 'accepted', 'stopped')),
    footprint  geometry(MultiPolygon, 4490) CONSTRAINT building_footprint_valid CHECK (ST_IsValid(footprint)),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (county, id),
    FOREIGN KEY (county, site_id) REFERENCES site ON DELETE CASCADE
);
CREATE INDEX building_site ON building (county, site_id);

-- A ledger file between upload and acceptance: nothing is in the tables above until it is accepted.
CREATE TABLE import_batch (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('projects', 'sites')),
    person_id   bigint REFERENCES person,
    filename    text NOT NULL,
    file        bytea NOT NULL,
    preview     jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'preview' CHECK (state IN ('preview', 'accepted')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    accepted_at timestamptz
);

-- +goose Down
DROP TABLE import_batch, building, site_version, site, member, stage_change, project_batch, project_area CASCADE;
ALTER TABLE person_grant DROP CONSTRAINT person_grant_project_id_fkey;
DROP TABLE project;
