-- Every area of the tree, by code.
SELECT code, name, level, parent, at FROM area ORDER BY code
