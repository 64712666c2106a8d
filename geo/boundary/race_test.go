//go:build race

package boundary_test

// raceSlack: the race detector makes everything an order of magnitude slower.
const raceSlack = 20
