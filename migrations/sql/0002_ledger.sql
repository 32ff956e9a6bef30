-- The system of record of every line: written by the order-worker from the dispenser's rounds.

-- One row per event: who writes it, and how far its journal has come.
CREATE TABLE event_lines (
    event_id      uuid PRIMARY KEY REFERENCES sale_events ON DELETE CASCADE,
    -- Claimed by a dispenser that takes the event over (UPDATE ... RETURNING). Never from a clock.
    epoch         bigint NOT NULL DEFAULT 0,
    -- The greatest epoch whose barrier came through the rounds' path: rounds of lower epochs are refused.
    barrier_epoch bigint NOT NULL DEFAULT 0,
    -- Raised when the inventory in Redis is rebuilt from here.
    incarnation   bigint NOT NULL DEFAULT 0,
    -- The last round recorded, and sale::record::Head as JSON after it.
    seq           bigint NOT NULL DEFAULT 0,
    head          jsonb,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- The journal. `report` is sale::report::RoundReport as it travelled; kept until the event is closed
-- and the answers without stock in it are forgotten.
CREATE TABLE rounds (
    event_id    uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    seq         bigint NOT NULL,
    incarnation bigint NOT NULL,
    epoch       bigint NOT NULL,
    decided_at  timestamptz NOT NULL,
    line_ms     bigint NOT NULL,
    report      bytea NOT NULL,
    PRIMARY KEY (event_id, seq)
);
CREATE INDEX rounds_by_line ON rounds (event_id, line_ms);

-- Every attempt that ever held stock or a place on standby.
CREATE TABLE reservations (
    -- The attempt's id: an attempt that is granted stock is the reservation.
    id             uuid PRIMARY KEY,
    event_id       uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    item_no        integer NOT NULL,
    shopper_id     uuid NOT NULL,
    quantity       integer NOT NULL CHECK (quantity > 0),
    state          text NOT NULL CHECK (state IN
                       ('standby', 'active', 'converted', 'expired', 'cancelled', 'standby_ended')),
    -- sale::answer::Answer and (once granted) sale::answer::Grant as JSON
    answer         jsonb NOT NULL,
    grant_         jsonb,
    -- From the grant, for people who read this table
    total_minor    bigint,
    deadline       timestamptz,
    standby_number bigint,
    payment_id     uuid,
    -- sale::command::CancelCause or sale::answer::StandbyEnd as JSON
    ended_why      jsonb,
    answered_seq   bigint NOT NULL,
    granted_seq    bigint,
    changed_seq    bigint NOT NULL,
    answered_at    timestamptz NOT NULL,
    granted_at     timestamptz,
    ended_at       timestamptz
);
CREATE INDEX reservations_by_event ON reservations (event_id, state);
CREATE INDEX reservations_by_shopper ON reservations (shopper_id, answered_at DESC);

-- Processes that share work: each says every second that it lives.
CREATE TABLE members (
    service  text NOT NULL,
    id       uuid NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, id)
);
