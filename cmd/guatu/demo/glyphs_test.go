package demo

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

var update = flag.String("update", "", "font collection (Noto Sans CJK, .ttc) to draw the captions' glyphs from")

// TestGlyphs wants a glyph for every rune that a caption may hold. With -update
// it draws them anew.
func TestGlyphs(t *testing.T) {
	runes := map[rune]bool{}
	add := func(s string) {
		for _, r := range s {
			runes[r] = true
		}
	}
	for _, f := range facts {
		add(f.name)
	}
	for _, f := range invented {
		add(f.name)
	}
	add("示例项目（）()·:：-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ %“”")
	var all []rune
	for r := range runes {
		all = append(all, r)
	}
	slices.Sort(all)
	if *update != "" {
		drawGlyphs(t, all)
		return
	}
	for _, r := range all {
		if !strings.ContainsRune(glyphRunes, r) {
			t.Errorf("no glyph for %q: run go test ./cmd/guatu/demo -run TestGlyphs -update FONT.ttc", r)
		}
	}
}

func drawGlyphs(t *testing.T, all []rune) {
	body, err := os.ReadFile(*update)
	if err != nil {
		t.Fatal(err)
	}
	fonts, err := opentype.ParseCollection(body)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fonts.Font(2) // SC
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 26, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		t.Fatal(err)
	}
	rows := (len(all) + cellsInRow - 1) / cellsInRow
	img := image.NewGray(image.Rect(0, 0, cellsInRow*cellWide, rows*cellHigh))
	pen := font.Drawer{Dst: img, Src: image.NewUniform(color.White), Face: face}
	for i, r := range all {
		pen.Dot = fixed.P(i%cellsInRow*cellWide+1, i/cellsInRow*cellHigh+26)
		pen.DrawString(string(r))
	}
	for i, v := range img.Pix {
		img.Pix[i] = v / 17 * 17
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("glyphs.png", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("glyphs.txt", []byte(string(all)), 0o644); err != nil {
		t.Fatal(err)
	}
}
