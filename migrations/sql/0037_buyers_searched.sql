-- Who may read what buyers gave may look for an order by it: by the beginning of the address, in whatever letters, and by the
-- words of the name. What stands in these indexes goes with the row.
CREATE INDEX buyers_by_email ON buyers (lower(buyer->>'email') COLLATE "C") WHERE buyer->>'email' <> '';
CREATE INDEX buyers_by_name ON buyers USING gin (to_tsvector('simple', buyer->>'name')) WHERE buyer->>'name' <> '';
