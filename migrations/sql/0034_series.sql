-- Several sales of which nobody may have more units together than one shopper may.
CREATE TABLE series (
    id              uuid PRIMARY KEY,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    per_shopper_max integer NOT NULL CHECK (per_shopper_max BETWEEN 1 AND 1000),
    version         bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE sale_events ADD COLUMN series_id uuid REFERENCES series;
CREATE INDEX sale_events_of_series ON sale_events (series_id) WHERE series_id IS NOT NULL;

-- What shoppers have in the sales of a series, each attempt once: from before its grant or place is committed until it is
-- recorded that nothing of it is left. Written by the lines' writers while they hold the lock of the series' row. (No reference
-- to the sale: it would wait for whoever changes that.)
CREATE TABLE series_claims (
    attempt_id uuid PRIMARY KEY,
    series_id  uuid NOT NULL REFERENCES series,
    event_id   uuid NOT NULL,
    shopper_id uuid NOT NULL,
    units      integer NOT NULL CHECK (units > 0)
);
CREATE INDEX series_claims_of_shoppers ON series_claims (series_id, shopper_id) INCLUDE (event_id, units);
CREATE INDEX series_claims_of_events ON series_claims (event_id);

-- What two sales of a series recorded is in this order: a claim that ended was recorded before another could be made for it.
ALTER TABLE rounds ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
