package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"guatu/migrations/pgtest"
)

// seeding runs `guatu seed` as the shell does.
func seeding(t *testing.T, dsn string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := guatu(t, append([]string{"seed"}, args...)...)
	cmd.Env = append(cmd.Env, "DATABASE_URL="+dsn, "GUATU_RECEIPT_KEY="+base64.StdEncoding.EncodeToString(make([]byte, 32)))
	for _, env := range os.Environ() {
		if strings.HasPrefix(env, "S3_") {
			cmd.Env = append(cmd.Env, env)
		}
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	return out.String(), said.String(), err
}

func TestSeedingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	dsn := pgtest.New(t)
	for _, already := range []bool{false, true} {
		out, said, err := seeding(t, dsn, "--sites", "12", "--patches", "600", "--seed", "5", "--json")
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		var told struct {
			Already                 bool
			Projects, Sites, Photos int
			Layers                  map[string]int
		}
		if err := json.Unmarshal([]byte(out), &told); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		sum := 0
		for _, n := range told.Layers {
			sum += n
		}
		if told.Already != already || told.Projects != 12 || told.Sites != 12 || told.Photos != 0 || sum != 600 {
			t.Errorf("already %v: %s", already, out)
		}
		if !already && !strings.Contains(said, "图斑") {
			t.Errorf("no progress was shown: %s", said)
		}
	}
	if out, _, err := seeding(t, dsn, "--sites", "12", "--seed", "5"); err != nil || !strings.Contains(out, "没有改动") {
		t.Errorf("a second run says %q, %v", out, err)
	}
	if _, said, err := seeding(t, dsn, "--sites", "13", "--seed", "5"); err == nil || !strings.Contains(said, "另一座演示城市") {
		t.Errorf("another city on top: %s, %v", said, err)
	}
}

func TestSeedRefusesWhatItCannotMake(t *testing.T) {
	t.Parallel()
	for args, says := range map[string]string{
		"":                      "--demo",
		"--demo --sites 5":      "不能同用",
		"--sites=-1":            "0–200000",
		"--patches 20":          "至少 200",
		"--sites 2 --seed nine": "seed",
	} {
		if _, said, err := seeding(t, "postgres://nowhere.invalid/x", strings.Fields(args)...); err == nil || !strings.Contains(said, says) {
			t.Errorf("guatu seed %s: %q, want something about %s", args, said, says)
		}
	}
}

func TestProgressIsABarWithCountAndRate(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"图斑  ██████░░░░░░░░░░░░░░░░░░  250,000/1,000,000  25,000/秒  还需 30 秒": bar("图斑", 250_000, 1_000_000, 10*time.Second),
		"照片  ████████████████████████  9/9  4/秒":                             bar("照片", 9, 9, 2*time.Second),
		"人员  12": bar("人员", 12, 0, 100*time.Millisecond),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var out bytes.Buffer
	p := &progress{w: &out, moves: true, every: time.Hour}
	p.report("一", 1, 3)
	p.report("一", 2, 3) // too soon to be told
	p.report("一", 3, 3)
	p.report("二", 1, 0)
	p.end()
	if got := strings.Count(out.String(), "\r"); got != 3 || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("wrote %q", out.String())
	}
}
