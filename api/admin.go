package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing that has to hold for a server to be ready.
type Check struct {
	Name string
	Run  func(context.Context) error
	// Every is for how long an answer is believed; 0: it is asked each time.
	Every time.Duration
}

// checkTime bounds one check.
const checkTime = 3 * time.Second

// Admin answers on the port that only operators reach: /livez (the process is
// there), /readyz (it can do its work; up is false while it stops), /metrics.
func Admin(up *atomic.Bool, checks []Check) http.Handler {
	mux := http.NewServeMux()
	kept := make([]*keptCheck, len(checks))
	for i, c := range checks {
		kept[i] = &keptCheck{Check: c}
	}
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		answers := map[string]string{}
		good := up.Load()
		if !good {
			answers["server"] = "stopping"
		}
		for _, c := range kept {
			answers[c.Name] = "ok"
			if err := c.ask(r.Context()); err != nil {
				answers[c.Name], good = err.Error(), false
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if !good {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answers)
	})
	mux.Handle("GET /metrics", promhttp.Handler())
	return mux
}

type keptCheck struct {
	Check
	mu  sync.Mutex
	at  time.Time
	err error
}

func (c *keptCheck) ask(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Every > 0 && time.Since(c.at) < c.Every {
		return c.err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	c.err, c.at = c.Run(ctx), time.Now()
	return c.err
}
