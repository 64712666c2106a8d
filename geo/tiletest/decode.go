// Package tiletest reads vector tiles, so that tests see what a map would.
package tiletest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Layer is one layer of a Mapbox Vector Tile.
type Layer struct {
	Name     string
	Extent   uint64
	Features []Feature
}

// Feature is one thing of a layer. Parts are its points, lines or rings in tile
// units, x to the right and y downwards; rings do not repeat their first point.
type Feature struct {
	ID         uint64
	Kind       Kind
	Properties map[string]any
	Parts      [][][2]int64
}

// Kind is what a feature is drawn as.
type Kind uint64

// The kinds of the format.
const (
	Point   Kind = 1
	Line    Kind = 2
	Polygon Kind = 3
)

// Decode reads a tile, gzipped or not. A layer that comes twice is an error, as
// the specification says.
func Decode(b []byte) (map[string]Layer, error) {
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		if b, err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	layers := map[string]Layer{}
	err := fields(b, func(n protowire.Number, v field) error {
		if n != 3 {
			return nil
		}
		l, err := layer(v.bytes)
		if err != nil {
			return err
		}
		if _, twice := layers[l.Name]; twice {
			return fmt.Errorf("layer %s comes twice", l.Name)
		}
		layers[l.Name] = l
		return nil
	})
	return layers, err
}

// field is a protobuf value: bytes, or a number in raw.
type field struct {
	bytes []byte
	raw   uint64
}

func fields(b []byte, each func(protowire.Number, field) error) error {
	for len(b) > 0 {
		n, kind, used := protowire.ConsumeTag(b)
		if used < 0 {
			return protowire.ParseError(used)
		}
		b = b[used:]
		var v field
		switch kind {
		case protowire.BytesType:
			v.bytes, used = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			v.raw, used = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v.raw, used = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var short uint32
			short, used = protowire.ConsumeFixed32(b)
			v.raw = uint64(short)
		default:
			return fmt.Errorf("field %d has type %d", n, kind)
		}
		if used < 0 {
			return protowire.ParseError(used)
		}
		b = b[used:]
		if err := each(n, v); err != nil {
			return err
		}
	}
	return nil
}

func layer(b []byte) (Layer, error) {
	l := Layer{Extent: 4096}
	var raw [][]byte
	var keys []string
	var values []any
	err := fields(b, func(n protowire.Number, v field) error {
		switch n {
		case 1:
			l.Name = string(v.bytes)
		case 2:
			raw = append(raw, v.bytes)
		case 3:
			keys = append(keys, string(v.bytes))
		case 4:
			value, err := value(v.bytes)
			values = append(values, value)
			return err
		case 5:
			l.Extent = v.raw
		}
		return nil
	})
	for _, b := range raw {
		f, bad := feature(b, keys, values)
		if bad != nil && err == nil {
			err = fmt.Errorf("layer %s: %w", l.Name, bad)
		}
		l.Features = append(l.Features, f)
	}
	return l, err
}

func value(b []byte) (any, error) {
	var out any
	err := fields(b, func(n protowire.Number, v field) error {
		switch n {
		case 1:
			out = string(v.bytes)
		case 2:
			out = float64(math.Float32frombits(uint32(v.raw)))
		case 3:
			out = math.Float64frombits(v.raw)
		case 4, 5:
			out = int64(v.raw)
		case 6:
			out = protowire.DecodeZigZag(v.raw)
		case 7:
			out = v.raw != 0
		}
		return nil
	})
	return out, err
}

func feature(b []byte, keys []string, values []any) (Feature, error) {
	f := Feature{Properties: map[string]any{}}
	var tags, shape []uint64
	err := fields(b, func(n protowire.Number, v field) (err error) {
		switch n {
		case 1:
			f.ID = v.raw
		case 2:
			tags, err = packed(v.bytes)
		case 3:
			f.Kind = Kind(v.raw)
		case 4:
			shape, err = packed(v.bytes)
		}
		return err
	})
	if err != nil {
		return f, err
	}
	for i := 0; i+1 < len(tags); i += 2 {
		if tags[i] >= uint64(len(keys)) || tags[i+1] >= uint64(len(values)) {
			return f, fmt.Errorf("feature %d has a tag that is not in the layer", f.ID)
		}
		f.Properties[keys[tags[i]]] = values[tags[i+1]]
	}
	f.Parts, err = parts(shape)
	return f, err
}

func packed(b []byte) ([]uint64, error) {
	var all []uint64
	for len(b) > 0 {
		v, used := protowire.ConsumeVarint(b)
		if used < 0 {
			return nil, protowire.ParseError(used)
		}
		all, b = append(all, v), b[used:]
	}
	return all, nil
}

// parts follows the pen: 1 moves, 2 draws, 7 closes.
func parts(shape []uint64) ([][][2]int64, error) {
	var all [][][2]int64
	var at [2]int64
	for i := 0; i < len(shape); {
		command, count := shape[i]&7, int(shape[i]>>3)
		i++
		if command == 7 {
			continue
		}
		for range count {
			if i+1 >= len(shape) {
				return nil, fmt.Errorf("geometry ends early")
			}
			at[0] += protowire.DecodeZigZag(shape[i])
			at[1] += protowire.DecodeZigZag(shape[i+1])
			i += 2
			if command == 1 {
				all = append(all, nil)
			}
			if len(all) == 0 {
				return nil, fmt.Errorf("geometry draws before it moves")
			}
			all[len(all)-1] = append(all[len(all)-1], at)
		}
	}
	return all, nil
}
