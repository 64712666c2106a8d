package geo

import "github.com/jackc/pgx/v5"

// ArgsForTest are the parameters of the drawing statement.
func (q TileQuery) ArgsForTest() pgx.StrictNamedArgs { return q.args(q.pixelM2()) }
