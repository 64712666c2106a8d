package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/uuid"

	"guatu/media"
	"guatu/media/buckettest"
	"guatu/media/mediatest"
)

// guatu fsck says in Chinese what is broken, exits 1, and changes nothing.
func TestFsckSaysWhatIsBroken(t *testing.T) {
	t.Parallel()
	h := mediatest.Open(t)
	conf := buckettest.Config(t)
	conf.Bucket = h.Bucket.Name()
	run := func(args ...string) (string, int) {
		cmd := guatu(t, append([]string{"fsck"}, args...)...)
		cmd.Env = append(cmd.Env, "DATABASE_URL="+h.Ledger.Pool().Config().ConnString(), "S3_ENDPOINT="+conf.Endpoint, "S3_ACCESS_KEY="+conf.AccessKey,
			"S3_SECRET_KEY="+conf.SecretKey, "S3_REGION="+conf.Region, "S3_BUCKET="+conf.Bucket,
			"GUATU_RECEIPT_KEY="+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	li := h.Sender("411102")
	b := mediatest.Phone("fsck").JPEG()
	if _, err := li.Send(h.Store, uuid.Must(uuid.NewV7()), b); err != nil {
		t.Fatal(err)
	}
	if out, code := run(); code != 0 || strings.Count(out, "✓") != len(invariants) || !strings.Contains(out, "共 1 张照片、1 个对象") {
		t.Errorf("a sound installation: exit %d\n%s", code, out)
	}
	if err := h.Bucket.Delete(context.Background(), media.ObjectKey(sha256.Sum256(b)), ""); err != nil {
		t.Fatal(err)
	}
	out, code := run("--quick")
	if code != 1 || !strings.Contains(out, "✗ I2") || !strings.Contains(out, "请从备份恢复") || strings.Count(out, "✓") != len(invariants)-1 {
		t.Errorf("a lost object: exit %d\n%s", code, out)
	}
	var report struct {
		OK     bool
		Checks []struct {
			ID     string
			OK     bool
			Faults []struct{ Subject, Code, Says string }
		}
	}
	out, code = run("--json", "--quick")
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 || report.OK || report.Checks[1].OK || report.Checks[1].Faults[0].Code != "object_lost" {
		t.Errorf("as JSON: exit %d, %v\n%s", code, err, out)
	}
}

// Every code of a fault has its Chinese words.
func TestFaultsHaveWords(t *testing.T) {
	t.Parallel()
	for _, i := range invariants {
		if !strings.ContainsFunc(i.says, func(r rune) bool { return r > 0x4E00 }) {
			t.Errorf("%s says nothing", i.id)
		}
	}
	out, err := exec.Command("sh", "-c", `cat ../../ledger/sql/fsck_rows.sql | grep -oE "'[a-z]+(_[a-z]+)+'" | tr -d "'" | sort -u; grep -ohE '"[a-z]+_[a-z_]+"|"orphan"' ../../media/fsck.go | tr -d '"'`).Output()
	if err != nil {
		t.Fatal(err)
	}
	for code := range strings.FieldsSeq(string(out)) {
		if faultWords[code] == "" && code != "photo_derive" {
			t.Errorf("fault %s has no words", code)
		}
	}
}
