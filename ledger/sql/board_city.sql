-- The tenant's city, and whether any ground that is drawn is 示意; no row where the code is not in the tree.
SELECT a.code, a.name, EXISTS (SELECT FROM backdrop WHERE schematic) AS schematic
FROM area a
WHERE a.code = @city
