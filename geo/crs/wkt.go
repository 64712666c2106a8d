package crs

import (
	"strconv"
	"strings"
)

// The limits of a .prj text: real ones have less than 2 kB and five levels.
const (
	maxWKTBytes = 64 << 10
	maxWKTDepth = 16
	maxWKTNodes = 2_000
)

// node is one KEYWORD[…] of well-known text with what stands inside, in order.
type node struct {
	key     string // upper case
	texts   []string
	numbers []float64
	nodes   []*node
}

// find returns the first child with one of the keywords, or an empty node.
func (n *node) find(keys ...string) *node {
	for _, child := range n.nodes {
		for _, key := range keys {
			if child.key == key {
				return child
			}
		}
	}
	return &node{}
}

// deep is find through all levels.
func (n *node) deep(keys ...string) *node {
	if found := n.find(keys...); found.key != "" {
		return found
	}
	for _, child := range n.nodes {
		if found := child.deep(keys...); found.key != "" {
			return found
		}
	}
	return &node{}
}

func (n *node) name() string {
	if len(n.texts) > 0 {
		return n.texts[0]
	}
	return ""
}

func (n *node) number(i int) float64 {
	if i < len(n.numbers) {
		return n.numbers[i]
	}
	return 0
}

// wktReader reads the dialects alike: ESRI, OGC (WKT 1) and ISO 19162 (WKT 2)
// differ in words, not in grammar.
type wktReader struct {
	text  string
	at    int
	nodes int
}

func parseWKT(text string) (*node, bool) {
	if len(text) > maxWKTBytes {
		return nil, false
	}
	r := &wktReader{text: strings.TrimPrefix(text, "\ufeff")}
	root, ok := r.node(0)
	return root, ok && strings.Trim(r.text[r.at:], " \t\r\n\x00") == ""
}

func (r *wktReader) node(depth int) (*node, bool) {
	n := &node{key: strings.ToUpper(r.word())}
	if r.nodes++; n.key == "" || depth > maxWKTDepth || r.nodes > maxWKTNodes || !r.take("[(") {
		return nil, false
	}
	for {
		switch c := r.peek(); {
		case c == '"':
			text, ok := r.quoted()
			if !ok {
				return nil, false
			}
			n.texts = append(n.texts, text)
		case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
			v, err := strconv.ParseFloat(r.word(), 64)
			if err != nil {
				return nil, false
			}
			n.numbers = append(n.numbers, v)
		default:
			start := r.at
			if r.word(); r.peek() != '[' && r.peek() != '(' { // a bare word such as NORTH
				if r.at == start {
					return nil, false
				}
				break
			}
			r.at = start
			child, ok := r.node(depth + 1)
			if !ok {
				return nil, false
			}
			n.nodes = append(n.nodes, child)
		}
		if r.take("])") {
			return n, true
		}
		if !r.take(",") {
			return nil, false
		}
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (r *wktReader) peek() byte {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return r.text[r.at]
		}
	}
	return 0
}

func (r *wktReader) take(any string) bool {
	if c := r.peek(); c != 0 && strings.IndexByte(any, c) >= 0 {
		r.at++
		return true
	}
	return false
}

// word takes letters, digits and what numbers are made of.
func (r *wktReader) word() string {
	r.peek()
	start := r.at
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-', c == '+':
			r.at++
		default:
			return r.text[start:r.at]
		}
	}
	return r.text[start:]
}

// quoted takes a "text"; a doubled quote stands for one.
func (r *wktReader) quoted() (string, bool) {
	var b strings.Builder
	for r.at++; ; r.at++ {
		end := strings.IndexByte(r.text[r.at:], '"')
		if end < 0 {
			return "", false
		}
		b.WriteString(r.text[r.at : r.at+end])
		r.at += end + 1
		if r.at == len(r.text) || r.text[r.at] != '"' {
			return b.String(), true
		}
		b.WriteByte('"')
	}
}
