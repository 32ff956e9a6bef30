-- Sales that start by draw: when shoppers may enter the lobby, and what is published of the draw.

ALTER TABLE sale_events
    ADD COLUMN lobby_opens_at timestamptz,
    ADD COLUMN lobby_closes_at timestamptz,
    ADD CONSTRAINT lobby_is_whole CHECK ((lobby_opens_at IS NULL) = (lobby_closes_at IS NULL)),
    ADD CONSTRAINT lobby_is_before CHECK (lobby_opens_at < lobby_closes_at AND lobby_closes_at < opens_at);

CREATE TABLE draws (
    event_id uuid PRIMARY KEY REFERENCES sale_events (id),
    -- Random, made with the sale; told to nobody before the lobby is closed.
    secret   bytea NOT NULL CHECK (length(secret) = 32),
    -- Its SHA-256, told from the beginning: what is sealed by another secret is not sealed.
    commitment bytea NOT NULL CHECK (commitment = sha256(secret)),
    made_at  timestamptz NOT NULL DEFAULT now(),
    -- Once the lobby is closed, and all of it is recorded.
    sealed_at timestamptz,
    entries   bigint,
    root      bytea CHECK (length(root) = 32),
    seed      bytea CHECK (length(seed) = 32),
    CHECK (num_nulls(sealed_at, entries, root, seed) IN (0, 4))
);

-- The digests of the entries, 32 bytes each, sorted, in parts of bounded size: the journal that they are taken from is not
-- kept for ever.
CREATE TABLE draw_entries (
    event_id uuid  NOT NULL REFERENCES draws (event_id),
    part     int   NOT NULL,
    digests  bytea NOT NULL,
    PRIMARY KEY (event_id, part)
);
