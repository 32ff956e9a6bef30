-- How a sale went, from its opening on: what its line had come to at the end of each interval in which anything happened. Written with
-- the rounds, from the head that each round leaves, so that a round that comes again changes nothing. Intervals are a second long
-- around the opening, and longer the farther from it, so a sale has some thousand rows, however many shoppers it has.
CREATE TABLE sale_history (
    event_id        uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    -- The end of the interval.
    at              timestamptz NOT NULL,
    -- The last round in it; zero is before the first.
    seq             bigint NOT NULL,
    -- Attempts, from the beginning on: see sale::record::Tally.
    served          bigint NOT NULL,
    reserved        bigint NOT NULL,
    standby         bigint NOT NULL,
    sold_out        bigint NOT NULL,
    refused         bigint NOT NULL,
    from_standby    bigint NOT NULL,
    expired         bigint NOT NULL,
    cancelled       bigint NOT NULL,
    converted       bigint NOT NULL,
    -- Units that were ever granted.
    granted_units   bigint NOT NULL,
    -- Of all items together, as it stood then: units, shoppers who wait, entries in the lobby.
    allocated_units bigint NOT NULL,
    held_units      bigint NOT NULL,
    sold_units      bigint NOT NULL,
    waiting         bigint NOT NULL,
    entered         bigint NOT NULL,
    -- What the sold units were sold for, in minor units.
    sold_minor      bigint NOT NULL,
    PRIMARY KEY (event_id, at)
) WITH (fillfactor = 70);

-- Units that were ever granted: no head says it.
ALTER TABLE event_lines ADD COLUMN granted_units bigint NOT NULL DEFAULT 0;
UPDATE event_lines l SET granted_units =
    (SELECT coalesce(sum(quantity), 0) FROM reservations r WHERE r.event_id = l.event_id AND r.granted_seq IS NOT NULL);

-- For how many reservations a payment was begun: from this index alone.
CREATE INDEX payments_by_event ON payments (event_id, reservation_id);
