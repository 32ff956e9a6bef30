-- Customers of the shop who have signed in, by the shopper that they are here: what the shop calls them stands with their
-- orders. Written before they get a session. Nothing else of the system knows their names.
CREATE TABLE customers (
    shopper_id    uuid PRIMARY KEY,
    issuer        text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 255),
    -- The `sub` of their tokens.
    subject       text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    -- Orders are looked for by the subject, whoever issued it.
    UNIQUE (subject, issuer)
);
