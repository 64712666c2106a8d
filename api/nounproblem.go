package api

// nounProblem answers the typed errors that carry facts of their own: the
// crossing point of a boundary, the stored hash of a photo. Each noun's file
// adds its function here; nil means that the table decides.
func (s *Server) nounProblem(err error) *Problem {
	for _, tell := range nounProblems {
		if p := tell(err); p != nil {
			return p
		}
	}
	return nil
}

var nounProblems = []func(error) *Problem{
	tellGeoJSON, tellRefused, tellSurvey, tellFlaw, tellText, tellField,
}
