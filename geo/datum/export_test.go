package datum

// OutlineOfOffset is the hand-made ring, for the check that it does not cross itself.
var OutlineOfOffset = outline
