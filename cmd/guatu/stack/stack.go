// Package stack runs the services that guatu needs as its own child processes: a
// private PostgreSQL with PostGIS and a private MinIO, kept in one state folder.
//
// Both listen on 127.0.0.1 only. Their passwords are random, made once per
// state folder and kept in files of mode 0600. What an earlier guatu left
// running after a SIGKILL is found by its working directory and ended before a
// new one starts. A cluster that once became complete is never deleted here,
// unless the folder was made as a throwaway.
package stack

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Options says where the services live and which of them are needed.
type Options struct {
	// State is the folder of everything that lasts; it is made if missing.
	State string
	// Log receives one line a step, in Chinese, for the person at the terminal.
	Log io.Writer
	// Throwaway empties the folder first and turns fsync off. It is refused on
	// a folder that was not made as a throwaway.
	Throwaway bool
	// DatabaseURL, where set, is used instead of a private PostgreSQL.
	DatabaseURL string
	// S3, where its Endpoint is set, is used instead of a private MinIO.
	S3 S3
	// MinIO is the path of the minio program; empty means that it is looked for
	// in $GUATU_MINIO, bin/minio above the working directory or beside the
	// running program, and PATH.
	MinIO string
}

// S3 is an object store as guatu is told about it in the environment.
type S3 struct {
	Endpoint  string // http://host:port
	AccessKey string
	SecretKey string
	Region    string
	Bucket    string
}

// Stack is a running pair of services.
type Stack struct {
	// State is the absolute path of the state folder.
	State string
	// DatabaseURL connects as guatu, the owner of the database. The role is no
	// superuser, so row level security binds it; it may create databases and roles.
	DatabaseURL string
	// S3 is the object store with its credentials. The bucket is not made here.
	S3 S3
	// Steps is where the stack reports; later steps may go on with it.
	Steps *Steps

	lock      *os.File
	elsewhere *os.File // lock of a cluster outside the state folder
	state     *state
	services  []*service // in the order of their start
	failed    chan error
	remove    bool
}

// Start brings both services up and returns when they answer.
//
// Errors that a person can do something about are a *Problem. When ctx ends
// during the start, what was started is stopped again.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	dir, err := filepath.Abs(o.State)
	if err != nil {
		return nil, fmt.Errorf("find state folder: %w", err)
	}
	s := &Stack{State: dir, Steps: NewSteps(o.Log), failed: make(chan error, 2), remove: o.Throwaway}
	if s.lock, err = lock(dir); err != nil {
		return nil, err
	}
	if err := s.start(ctx, o); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		s.remove = false
		_ = s.Stop(stopping) // the first error is the one that helps
		return nil, err
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, o Options) (err error) {
	if s.state, err = openState(s.State, o.Throwaway); err != nil {
		return err
	}
	s.DatabaseURL, s.S3 = o.DatabaseURL, o.S3
	minio := ""
	if s.S3.Endpoint == "" { // before anything runs
		if minio, err = findMinIO(o.MinIO); err != nil {
			return err
		}
	}
	if s.DatabaseURL == "" {
		if err := s.startPostgres(ctx, o.Throwaway); err != nil {
			return err
		}
	} else {
		s.Steps.Say("使用 DATABASE_URL 指定的数据库，不另行启动 PostgreSQL")
	}
	if s.S3.Endpoint == "" {
		return s.startMinIO(ctx, minio)
	}
	s.Steps.Say("使用 S3_ENDPOINT 指定的对象存储 %s，不另行启动 MinIO", s.S3.Endpoint)
	return nil
}

// Env is the environment by which guatu and its tests find the services.
func (s *Stack) Env() []string {
	return []string{
		"DATABASE_URL=" + s.DatabaseURL,
		"S3_ENDPOINT=" + s.S3.Endpoint,
		"S3_ACCESS_KEY=" + s.S3.AccessKey,
		"S3_SECRET_KEY=" + s.S3.SecretKey,
		"S3_REGION=" + s.S3.Region,
		"S3_BUCKET=" + s.S3.Bucket,
	}
}

// Failed yields an error when a service could not be brought back after it
// died. A service that dies and comes back is only reported to Log.
func (s *Stack) Failed() <-chan error { return s.failed }

// Stop ends the services, last started first, each by its clean shutdown.
// When ctx ends it stops waiting and ends them at once: PostgreSQL then
// recovers from its log at the next start.
func (s *Stack) Stop(ctx context.Context) error {
	var first error
	for i := len(s.services) - 1; i >= 0; i-- {
		if err := s.services[i].stop(ctx); err != nil && first == nil {
			first = err
		}
	}
	if s.remove && first == nil {
		first = s.state.removeData()
	}
	if s.elsewhere != nil {
		s.elsewhere.Close()
	}
	s.lock.Close() // the lock ends with its file
	return first
}

// Kill sends SIGKILL to a service ("postgres" or "minio"), which is then
// brought back on the same port. It is there for tests of what survives.
func (s *Stack) Kill(name string) error {
	for _, sv := range s.services {
		if sv.program == name {
			return sv.kill()
		}
	}
	return fmt.Errorf("kill %s: no such child", name)
}
