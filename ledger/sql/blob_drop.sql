-- Forgets a blob and the uploads that promised it.
WITH given_up AS (DELETE FROM upload WHERE hash = @hash AND state = 'pending')
DELETE FROM blob WHERE hash = @hash AND state = 'pending'
