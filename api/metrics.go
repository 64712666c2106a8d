package api

import (
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

var requests = promauto.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "guatu_http_request_seconds",
	Help:    "How long requests took, by route, method and status.",
	Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
}, []string{"route", "method", "status"})

var underWay = promauto.NewGauge(prometheus.GaugeOpts{
	Name: "guatu_http_requests_under_way", Help: "Requests that are being answered.",
})

// counted measures and logs each request: its route, never its query, which may
// carry positions.
func (s *Server) counted(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := time.Now()
		underWay.Inc()
		defer underWay.Dec()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status := c.Response().Status
		took := time.Since(begun)
		route := c.Path()
		if route == "" {
			route = "other"
		}
		requests.WithLabelValues(route, c.Request().Method, strconv.Itoa(status)).Observe(took.Seconds())
		s.log.DebugContext(c.Request().Context(), "answered", "method", c.Request().Method, "route", route, "status", status,
			"ms", took.Milliseconds(), "bytes", c.Response().Size, "trace", traceOf(c.Request().Context()))
		return nil
	}
}

func stack() []byte { return debug.Stack() }
