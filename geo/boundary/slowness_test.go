package boundary_test

// slowness stretches time limits: these tests share the machine with others.
const slowness = 4
