-- When nothing was left for the first time, all of it held or sold: of a sale, and of each of its items. To the round.
CREATE TABLE sold_out_moments (
    event_id uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    -- The item's number; -1 is the sale as a whole.
    item_no  integer NOT NULL,
    -- The round that left it so, and when it was decided.
    seq      bigint NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (event_id, item_no)
);

-- Rounds that were looked at for this, from the first on. Where it is behind `seq`, some were recorded by a version that did not look:
-- of such a sale, these moments are not known.
ALTER TABLE event_lines ADD COLUMN moments_seq bigint NOT NULL DEFAULT 0;
-- When the last round was decided, as the record took it: no later one is recorded as earlier.
ALTER TABLE event_lines ADD COLUMN decided_until timestamptz;
