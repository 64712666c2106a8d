-- The highest id that no event still to come can lie below.
SELECT event_settled()
