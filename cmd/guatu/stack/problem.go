package stack

import "fmt"

// Problem is an error that a person can mend: one Chinese line that says what
// is wrong and what to do, with a stable code.
type Problem struct {
	Code string // state_in_use, postgres_missing, …
	Say  string // for the person
	Err  error  // the cause, may be nil
}

// Error is the line for the person, with the code and the cause.
func (p *Problem) Error() string {
	if p.Err == nil {
		return fmt.Sprintf("%s（%s）", p.Say, p.Code)
	}
	return fmt.Sprintf("%s（%s）：%v", p.Say, p.Code, p.Err)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

func problem(code string, cause error, say string, args ...any) *Problem {
	return &Problem{Code: code, Say: fmt.Sprintf(say, args...), Err: cause}
}
