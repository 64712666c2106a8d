package datum

import "github.com/paulmach/orb"

// The customary box of the published converters, the outer limit: outside of it
// nothing is shifted.
const (
	boxWest, boxEast   = 72.004, 137.8347
	boxSouth, boxNorth = 0.8293, 55.8271
)

func inBox(p orb.Point) bool {
	return p[0] >= boxWest && p[0] <= boxEast && p[1] >= boxSouth && p[1] <= boxNorth
}

// outline is where the offset applies: all of China with its islands and seas,
// 台湾, 香港 and 澳门 included as the customary converters include them.
//
// It is drawn by hand from general knowledge, no boundary data went into it, and
// it is not a map of any border: it runs outside of the country, by up to 60 km
// over land and more over sea, so that no place inside lacks its offset. A place
// abroad within that belt gets an offset that it should not have; the box alone
// does this to Seoul, Hanoi and Ulaanbaatar. It is never shown and never stored.
var outline = orb.Ring{
	// The west, from the Pamirs along the south of 新疆 and 西藏.
	{73.3, 39.5}, {73.5, 38.2}, {74.4, 36.8}, {75.6, 36.2}, {76.1, 35.5}, {77.6, 35.3},
	{78.0, 34.4}, {78.5, 33.0}, {78.3, 32.3}, {78.5, 31.3}, {79.4, 30.8}, {80.6, 30.2}, {81.3, 29.9},
	{82.2, 29.9}, {83.6, 29.0}, {84.3, 28.6}, {85.1, 28.2}, {86.0, 27.8}, {87.0, 27.7}, {88.1, 27.7},
	{88.8, 27.1}, {89.1, 27.3}, {89.7, 28.0}, {90.5, 27.9}, {91.4, 27.6}, {91.6, 27.2}, {91.8, 26.7},
	{92.8, 26.7}, {94.2, 27.3}, {95.4, 27.7}, {96.3, 27.8}, {97.0, 27.6}, {97.4, 27.8}, {98.0, 27.4},
	// 云南 and 广西.
	{98.5, 27.0}, {98.4, 26.0}, {97.6, 25.4}, {97.3, 24.8}, {97.4, 23.8}, {98.4, 23.8}, {98.7, 22.9},
	{99.2, 21.9}, {99.9, 21.6}, {100.4, 21.2}, {101.1, 21.0}, {101.6, 21.0}, {102.0, 21.3}, {101.9, 22.2},
	{102.4, 22.3}, {103.1, 22.4}, {104.0, 22.4}, {104.8, 22.6}, {105.6, 22.9}, {106.4, 22.7}, {106.4, 21.8},
	{107.2, 21.4}, {107.9, 21.3},
	// The seas of the south, around the islands, and past 台湾 and 钓鱼岛.
	{107.5, 19.5}, {108.2, 17.8}, {109.7, 15.8}, {110.1, 12.5}, {109.5, 8.5}, {108.6, 5.8}, {110.0, 3.6}, {112.3, 3.2},
	{114.0, 4.3}, {116.2, 6.9}, {118.0, 9.5}, {119.2, 12.0}, {119.3, 16.0}, {119.6, 18.0}, {121.0, 20.9},
	{122.4, 22.2}, {123.3, 24.0}, {124.9, 25.6}, {125.4, 26.4}, {124.0, 29.0}, {123.9, 33.0}, {124.0, 37.0},
	// The north-east.
	{123.8, 39.0}, {124.4, 39.8}, {125.2, 40.3}, {126.2, 40.8}, {126.9, 41.5}, {128.1, 41.2}, {128.6, 41.8},
	{129.4, 42.1}, {130.2, 42.1}, {130.8, 42.3}, {131.3, 42.9}, {131.4, 44.0}, {131.6, 44.7}, {133.5, 45.0},
	{134.2, 46.1}, {134.9, 47.3}, {134.98, 48.2}, {134.95, 48.5}, {133.0, 48.4}, {131.1, 48.1}, {130.9, 49.1},
	{129.3, 49.7}, {128.1, 50.1}, {127.6, 51.5}, {126.5, 52.9}, {125.2, 53.4}, {123.6, 53.9}, {121.0, 53.6},
	{119.8, 53.0}, {119.7, 51.9}, {118.5, 50.2}, {117.6, 50.0}, {116.6, 50.2}, {115.4, 48.4}, {115.3, 47.4},
	{117.5, 47.3}, {118.6, 46.9}, {117.3, 46.7}, {115.6, 46.1}, {114.3, 45.6}, {113.2, 45.2}, {111.7, 45.4},
	// Along the north of 内蒙古, 甘肃 and 新疆.
	{111.1, 44.5}, {111.0, 43.8}, {109.6, 42.8}, {107.3, 42.7}, {105.0, 41.9}, {103.4, 42.3}, {101.6, 42.9},
	{99.4, 43.0}, {97.2, 43.1}, {95.9, 43.6}, {95.3, 44.7}, {93.9, 45.3}, {91.3, 45.5}, {91.5, 46.9},
	{90.5, 48.0}, {88.6, 48.5}, {87.8, 49.5}, {86.5, 49.2}, {85.4, 48.6}, {85.2, 47.4}, {83.2, 47.6},
	{82.0, 45.5}, {81.6, 45.5}, {79.7, 45.2}, {79.9, 44.0}, {80.1, 43.0}, {79.8, 42.2}, {78.1, 41.4},
	{76.6, 41.1}, {74.8, 40.7}, {73.5, 40.0}, {73.3, 39.5},
}

// InChina tells whether the offset applies to a true position: inside the outline
// and the customary box. It says nothing about any border.
func InChina(p orb.Point) bool {
	if !inBox(p) {
		return false
	}
	inside := false
	for i := 1; i < len(outline); i++ {
		a, b := outline[i-1], outline[i]
		if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0]+(p[1]-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			inside = !inside
		}
	}
	return inside
}
