-- Who is invited to a sale: one list for each, replaced whole. Of everybody there is a keyed digest of their shopper's id, for this sale alone: 16
-- bytes each, sorted, one after the other. Doors keep them in memory, and read a list again when its id is another. Doors from before know nothing of it
-- and would let everybody in: lists are uploaded once all of them are new.
CREATE TABLE invitation_lists (
    event_id   uuid PRIMARY KEY REFERENCES sale_events (id),
    id         uuid NOT NULL UNIQUE,
    -- Lines of the list that name somebody, each once.
    entries    int NOT NULL CHECK (entries > 0),
    digests    bytea NOT NULL CHECK (octet_length(digests) > 0 AND octet_length(digests) % 16 = 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
-- Digests do not get smaller.
ALTER TABLE invitation_lists ALTER COLUMN digests SET STORAGE EXTERNAL;
