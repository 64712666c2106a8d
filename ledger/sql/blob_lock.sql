-- Locks a blob against uploads that are about to commit.
SELECT hash FROM blob WHERE hash = @hash FOR UPDATE
