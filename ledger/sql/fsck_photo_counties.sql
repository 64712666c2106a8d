-- The counties that photos and uploads lie in.
SELECT county FROM photo UNION SELECT county FROM upload ORDER BY 1
