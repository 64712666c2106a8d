package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// Services starts the stack, runs a command with its environment and stops the
// stack again. The environment also holds a receipt key and a state folder for
// a guatu that the command may start. It returns the command's exit code; 128 plus the signal's
// number when a signal ended it.
//
// Ctrl-C reaches the command from the terminal; the services stay until the
// command has ended. SIGTERM is passed on. Where neither service has to be
// started, the command replaces nothing and is run all the same.
func Services(ctx context.Context, o Options, command []string) (code int, err error) {
	if len(command) == 0 {
		return 0, errors.New("no command given")
	}
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(told)
	starting, cancel := context.WithCancel(ctx)
	defer cancel()
	started := make(chan struct{})
	go func() { // before there is a command, a signal ends the start
		select {
		case <-told:
			cancel()
		case <-started:
		}
	}()
	s, err := Start(starting, o)
	close(started)
	if err != nil {
		return 0, err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if e := s.Stop(stopping); err == nil {
			err = e
		}
	}()
	key, err := Secret(s.State, "receipt.key")
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), s.Env()...)
	cmd.Env = append(cmd.Env, "GUATU_RECEIPT_KEY="+key, "GUATU_STATE="+s.state.inner())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("run %s: %w", command[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-told:
			if sig == syscall.SIGTERM {
				_ = cmd.Process.Signal(sig) // it may have ended meanwhile
			}
		case err := <-s.Failed():
			s.Steps.Say("%v", err)
		case err := <-ended:
			return exitCode(err)
		}
	}
}

// exitCode is what a shell would report for a command that ended with err.
func exitCode(err error) (int, error) {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return 0, err
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
