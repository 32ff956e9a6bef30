-- Draws with a randomness beacon. A lobby is sealed first: its entries are published. What orders them follows once the round
-- of the beacon is out that was named beforehand.

-- Chains that an order-worker has read a round of, and checked it. What defines a chain never changes.
CREATE TABLE beacons (
    hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
    public_key bytea NOT NULL CHECK (length(public_key) = 96),
    genesis_s  bigint NOT NULL CHECK (genesis_s >= 0),
    period_s   bigint NOT NULL CHECK (period_s > 0),
    -- When a round was last had from it.
    heard_at   timestamptz NOT NULL
);

ALTER TABLE draws
    -- The chain whose round counts; none is a draw without a beacon.
    ADD COLUMN beacon bytea REFERENCES beacons (hash),
    -- The round that counts: set once the entries are published.
    ADD COLUMN beacon_round bigint CHECK (beacon_round > 0),
    ADD COLUMN beacon_signature bytea CHECK (length(beacon_signature) = 48),
    -- When the seed was known, and with it the order.
    ADD COLUMN ordered_at timestamptz;

UPDATE draws SET ordered_at = sealed_at;

-- PostgreSQL named it.
ALTER TABLE draws DROP CONSTRAINT draws_check1;
ALTER TABLE draws
    ADD CONSTRAINT sealed_is_whole CHECK (num_nulls(sealed_at, entries, root) IN (0, 3)),
    ADD CONSTRAINT order_is_whole CHECK (num_nulls(ordered_at, seed) IN (0, 2)),
    ADD CONSTRAINT order_is_of_sealed CHECK (ordered_at IS NULL OR sealed_at IS NOT NULL),
    ADD CONSTRAINT round_is_of_sealed CHECK (beacon_round IS NULL OR (beacon IS NOT NULL AND sealed_at IS NOT NULL)),
    ADD CONSTRAINT order_is_of_round CHECK (beacon IS NULL OR (num_nulls(ordered_at, beacon_signature) IN (0, 2)
        AND (ordered_at IS NULL OR beacon_round IS NOT NULL)));
