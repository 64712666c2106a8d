package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"guatu/ledger"
)

// benchServer is `guatu serve` as a process of its own, so that its work and
// that of the clients do not share a heap.
type benchServer struct {
	url    string
	cmd    *exec.Cmd
	said   *bytes.Buffer
	conf   *config
	client *http.Client
	token  string // the commander's
}

func startServer(ctx context.Context, conf *config) (*benchServer, error) {
	program, err := programPath()
	if err != nil {
		return nil, err
	}
	address, admin, err := twoPorts()
	if err != nil {
		return nil, err
	}
	s := &benchServer{url: "http://" + address, conf: conf, said: &bytes.Buffer{}}
	s.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, DisableCompression: true,
	}}
	s.cmd = exec.CommandContext(ctx, program, "serve", "--listen", address, "--admin-listen", admin, "--log-level", "warn")
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.Env = append(os.Environ(),
		"DATABASE_URL="+string(conf.DatabaseURL), "S3_ENDPOINT="+conf.S3Endpoint, "S3_ACCESS_KEY="+conf.S3AccessKey,
		"S3_SECRET_KEY="+string(conf.S3SecretKey), "S3_BUCKET="+conf.S3Bucket, "S3_REGION="+conf.S3Region,
		"GUATU_RECEIPT_KEY="+string(conf.ReceiptKey))
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.ready(ctx, "http://"+admin+"/readyz"); err != nil {
		s.stop()
		return nil, fmt.Errorf("服务没有起来：%w\n%s", err, s.said)
	}
	if s.token, err = s.tokenOf(ctx, "commander"); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *benchServer) ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if resp, err := s.client.Get(url); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// stop ends the server as an operator would.
func (s *benchServer) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(40 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

// tokenOf is a bearer token for a login of the demo.
func (s *benchServer) tokenOf(ctx context.Context, login string) (token string, err error) {
	err = withLedger(ctx, s.conf, func(ctx context.Context, store *ledger.Store) error {
		p, err := store.PersonByLogin(ctx, login)
		if err != nil {
			return err
		}
		token, err = store.MakeToken(ctx, p.ID, "bench", time.Hour)
		return err
	})
	return token, err
}

// settle waits until the thumbnails of seeded photos are made, which would take
// their share of everything that is measured.
func (s *benchServer) settle(ctx context.Context, report func(step string, done, total int)) error {
	return withLedger(ctx, s.conf, func(ctx context.Context, store *ledger.Store) error {
		for until := time.Now().Add(20 * time.Minute); time.Now().Before(until); {
			var waiting, all int
			err := store.Pool().QueryRow(ctx, "SELECT count(*) FILTER (WHERE derivatives = 'waiting'), count(*) FROM photo").Scan(&waiting, &all)
			if err != nil {
				return err
			}
			report("缩略图", all-waiting, all)
			if waiting == 0 {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(300 * time.Millisecond):
			}
		}
		return errors.New("缩略图二十分钟还没有做完")
	})
}

// forget drops the thumbnails that still wait to be made: after a flood of
// uploads they would last for minutes.
func (s *benchServer) forget(ctx context.Context) error {
	return withLedger(ctx, s.conf, func(ctx context.Context, store *ledger.Store) error {
		_, err := store.Pool().Exec(ctx, "DELETE FROM river_job WHERE state IN ('available', 'scheduled', 'retryable')")
		return err
	})
}

// ask sends one request and reads all of the answer.
func (s *benchServer) ask(ctx context.Context, method, path, token string, header http.Header, body []byte) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s %s", method, path, resp.Status, strings.TrimSpace(string(answer[:min(len(answer), 200)])))
	}
	return resp, answer, err
}

// get reads JSON as the holder of a token.
func (s *benchServer) get(ctx context.Context, path, token string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func twoPorts() (string, string, error) {
	var out [2]string
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close()
		out[i] = l.Addr().String()
	}
	return out[0], out[1], nil
}
