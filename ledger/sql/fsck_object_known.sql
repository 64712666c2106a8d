-- Whether a row names an object, by its hash or by its key; derivatives in the making are named by their source.
SELECT EXISTS (SELECT FROM blob b WHERE b.hash = @hash)
    OR EXISTS (SELECT FROM derivative d WHERE d.key = @key)
    OR EXISTS (SELECT FROM photo p WHERE p.hash = @source AND p.derivatives = 'waiting')
