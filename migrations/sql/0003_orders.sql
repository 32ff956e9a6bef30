-- Orders and money. Written by the order-worker; a shopper's wish to pay and an admin's wish to refund
-- are put here by ingress.

CREATE SEQUENCE order_numbers START 100001;

CREATE TABLE orders (
    id             uuid PRIMARY KEY,
    number         text NOT NULL UNIQUE,
    event_id       uuid NOT NULL REFERENCES sale_events,
    reservation_id uuid NOT NULL UNIQUE REFERENCES reservations,
    shopper_id     uuid NOT NULL,
    sku            text NOT NULL,
    quantity       integer NOT NULL CHECK (quantity > 0),
    total_minor    bigint NOT NULL CHECK (total_minor >= 0),
    currency       char(3) NOT NULL,
    -- pending only in the direct_order model, from the grant on
    state          text NOT NULL CHECK (state IN ('pending', 'paid', 'failed', 'cancelled', 'refunded')),
    payment_id     uuid,
    created_at     timestamptz NOT NULL DEFAULT now(),
    paid_at        timestamptz,
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_by_event ON orders (event_id, created_at DESC);
CREATE INDEX orders_by_shopper ON orders (shopper_id, created_at DESC);

-- One try to pay for one reservation: a durable state machine, each step written before the next.
--   requested -> authorising -> authorised -> confirming -> capturing -> captured
--                     |             |             |            \-> capture_failed
--                     \-> declined  \-------------\-> voiding -> voided
CREATE TABLE payments (
    id              uuid PRIMARY KEY,
    reservation_id  uuid NOT NULL,
    event_id        uuid NOT NULL REFERENCES sale_events,
    shopper_id      uuid NOT NULL,
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 128),
    body_sha256     bytea NOT NULL,
    -- What the gateway knows the card by. Never a card number.
    card_token      text NOT NULL CHECK (length(card_token) BETWEEN 1 AND 200),
    amount_minor    bigint NOT NULL CHECK (amount_minor >= 0),
    currency        char(3) NOT NULL,
    state           text NOT NULL DEFAULT 'requested' CHECK (state IN (
                        'requested', 'authorising', 'authorised', 'confirming', 'capturing', 'captured',
                        'declined', 'voiding', 'voided', 'capture_failed')),
    gateway_ref     text UNIQUE,
    failure         text,
    tries           integer NOT NULL DEFAULT 0,
    next_try_at     timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (shopper_id, event_id, idempotency_key)
);
-- One live try per reservation: a second click cannot charge twice.
CREATE UNIQUE INDEX payments_live ON payments (reservation_id)
    WHERE state IN ('requested', 'authorising', 'authorised', 'confirming', 'capturing', 'captured');
CREATE INDEX payments_due ON payments (next_try_at)
    WHERE state IN ('requested', 'authorising', 'authorised', 'confirming', 'capturing', 'voiding');
CREATE INDEX payments_by_reservation ON payments (reservation_id);

CREATE TABLE refunds (
    id           uuid PRIMARY KEY,
    order_id     uuid NOT NULL UNIQUE REFERENCES orders,
    payment_id   uuid NOT NULL REFERENCES payments,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    reason       text NOT NULL,
    state        text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'refunded', 'failed')),
    failure      text,
    tries        integer NOT NULL DEFAULT 0,
    next_try_at  timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refunds_due ON refunds (next_try_at) WHERE state = 'requested';

-- A webhook that came before is answered, not repeated.
CREATE TABLE webhook_receipts (
    gateway_event_id text PRIMARY KEY,
    received_at      timestamptz NOT NULL DEFAULT now()
);

-- What must be told to the line or to a shopper, written with the state that causes it.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid NOT NULL,
    -- line: a sale::command::Command for the event's queue; news: a sale::report::OrderNews
    kind        text NOT NULL CHECK (kind IN ('line', 'news')),
    message     bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
