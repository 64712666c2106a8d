//go:build race

package geo_test

// raceSlack: the race detector makes everything an order of magnitude slower.
const raceSlack = 40
