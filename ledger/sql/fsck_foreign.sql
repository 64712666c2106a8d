-- How many row-secured rows of other counties this connection sees.
SELECT (SELECT count(*) FROM photo p WHERE p.county <> @county)
     + (SELECT count(*) FROM upload u WHERE u.county <> @county)
     + (SELECT count(*) FROM receipt r WHERE r.county <> @county)
