// Command run starts the services for a command: services [--state DIR] [--throwaway] -- CMD ARGS…
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"guatu/cmd/guatu/stack"
)

func main() {
	state := flag.String("state", ".guatu/test", "")
	throwaway := flag.Bool("throwaway", false, "")
	flag.Parse()
	code, err := stack.Services(context.Background(), stack.Options{
		State: *state, Log: os.Stderr, Throwaway: *throwaway, DatabaseURL: os.Getenv("DATABASE_URL"), S3: stack.S3FromEnv(),
	}, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}
