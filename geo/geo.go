// Package geo is the ground: units, the door for GeoJSON, the PostgreSQL codec
// for geometries, and vector tiles. It knows no projects and no HTTP.
//
// Every geometry inside is CGCS2000 (EPSG:4490), x = longitude east,
// y = latitude north, in degrees. Areas that mean anything come from PostGIS.
package geo

// SRID is the one coordinate reference system of stored geometries: CGCS2000
// geographic, EPSG:4490, written here as longitude, latitude.
const SRID = 4490
