//go:build !race

package boundary_test

const raceSlack = 1
