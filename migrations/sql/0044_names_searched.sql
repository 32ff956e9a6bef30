-- Names are found in whatever letters they are typed, also outside of ASCII (by Unicode's rules, whatever the database sorts by), and by
-- the word behind an apostrophe.
CREATE FUNCTION words_of_name(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('simple'::regconfig, translate(lower(name COLLATE "und-x-icu"), '’‘ʼ`´''"“”„.,-_/', '               '))
$$;
DROP INDEX buyers_by_name;
CREATE INDEX buyers_by_name ON buyers USING gin (words_of_name(buyer->>'name')) WHERE buyer->>'name' <> '';
