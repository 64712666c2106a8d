-- The ground that the map is drawn on, and the patches (图斑) that lie on it.
-- +goose Up

-- A layer is a kind of constraint or survey (地类图斑, 林班, 永久基本农田, 红线 …).
CREATE TABLE layer (
    kind text PRIMARY KEY CHECK (kind ~ '^[a-z_]+$'),
    name text NOT NULL CHECK (name <> '')
);
INSERT INTO layer (kind, name) VALUES
    ('dltb', '地类图斑'), ('forest', '林草湿小班'), ('farmland', '永久基本农田'), ('redline', '生态保护红线');

-- A delivery of a layer; the active one is drawn.
CREATE TABLE layer_version (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL REFERENCES layer,
    source    text NOT NULL,
    data_year integer,
    schematic boolean NOT NULL DEFAULT false,
    active    boolean NOT NULL DEFAULT false,
    loaded_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX layer_version_one_active ON layer_version (kind) WHERE active;

CREATE TABLE patch (
    county           text NOT NULL,
    layer_version_id bigint NOT NULL REFERENCES layer_version ON DELETE CASCADE,
    id               bigint NOT NULL, -- as numbered by the delivery
    scheme           text NOT NULL DEFAULT '', -- of code: survey or planning codes collide
    code             text NOT NULL DEFAULT '',
    level            text NOT NULL DEFAULT '',
    attrs            jsonb NOT NULL DEFAULT '{}',
    shape            geometry(MultiPolygon, 4490) NOT NULL,
    area_m2          double precision NOT NULL,
    PRIMARY KEY (county, layer_version_id, id)
) PARTITION BY LIST (layer_version_id); -- a delivery is loaded, replaced and dropped alone
CREATE TABLE patch_elsewhere PARTITION OF patch DEFAULT;
CREATE INDEX patch_shape_gist ON patch USING gist (shape);

-- The ground itself: county outlines, rivers, roads, rail. Ours are 示意, never reviewed boundaries.
CREATE TABLE backdrop (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('county', 'river', 'road', 'rail')),
    name      text NOT NULL DEFAULT '',
    code      text NOT NULL DEFAULT '', -- area code of a county outline
    rank      integer NOT NULL DEFAULT 0, -- 0 is the most important
    schematic boolean NOT NULL DEFAULT true,
    shape     geometry(Geometry, 4490) NOT NULL CONSTRAINT backdrop_shape_valid CHECK (ST_IsValid(shape))
);
CREATE INDEX backdrop_shape_gist ON backdrop USING gist (shape);

-- +goose Down
DROP TABLE backdrop, patch, layer_version, layer;
