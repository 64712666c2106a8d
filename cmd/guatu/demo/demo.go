// Package demo invents a Luohe-like city: its ground, its sites, its people and
// their photos, and land-survey layers of any size, the same for the same seed.
//
// Real are only public facts: the names of the administrative areas, and name,
// county and stated investment of 41 projects (names.go). Everything else is
// made up and says so: 示意 on what has a position, 示例 on what has a name.
// No person of it exists, and no telephone number can be dialled.
//
// The package knows no clock: what is "now" is a parameter. What it returns is
// in EPSG:4490, longitude first, on a grid of 1e-8 degree, so that neighbours
// share their vertices bit for bit.
package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Shanghai is the zone of every day and of every camera clock of the demo: UTC+8, without summer time.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// stream is the source of chance for one purpose. Streams do not disturb each
// other: one more site changes no photo of the sites before it.
func stream(seed uint64, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// between is evenly spread over [lo, hi).
func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// pick is one of list, each as likely as the other.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// weighted is an index into weights, as likely as its weight.
func weighted(r *rand.Rand, weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	at := r.Float64() * sum
	for i, w := range weights {
		if at < w {
			return i
		}
		at -= w
	}
	return len(weights) - 1
}
