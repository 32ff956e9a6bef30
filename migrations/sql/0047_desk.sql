-- What organisers need at their desk: drafts that are not complete yet, the time zone of a sale, and orders found by what was bought.

-- Where the shop's checkout is has to be known once a sale is scheduled; a draft may still be without.
ALTER TABLE sale_events DROP CONSTRAINT sale_events_checkout_url_of_model;
ALTER TABLE sale_events ADD CONSTRAINT sale_events_checkout_url_of_model
    CHECK (CASE WHEN checkout_url IS NULL THEN checkout <> 'handed_over' OR NOT scheduled ELSE checkout = 'handed_over' END);

-- The zone in which its organisers think of it, by its IANA name. Of sales from before it is not known.
ALTER TABLE sale_events ADD COLUMN time_zone text CHECK (length(time_zone) BETWEEN 1 AND 64);

-- The words of a name, without accents: what is typed without them finds it, and the other way round.
CREATE FUNCTION folded(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(normalize(lower(name COLLATE "und-x-icu"), NFKD), E'[\u0300-\u036f]', '', 'g')
$$;
CREATE FUNCTION folded_words(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT words_of_name(folded(name))
$$;
CREATE INDEX products_by_folded_name ON products USING gin (folded_words(name));
CREATE INDEX sale_events_by_folded_name ON sale_events USING gin (folded_words(name));
-- The index by which the version before finds buyers stays as long as that runs.
CREATE INDEX buyers_by_folded_name ON buyers USING gin (folded_words(buyer->>'name')) WHERE buyer->>'name' <> '';
