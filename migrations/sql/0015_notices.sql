-- Telling the shop: endpoints are the shop's URLs, a notice is one thing they are told, a delivery is one notice on its
-- way to one endpoint, a try is one call of it.

CREATE TABLE endpoints (
    id               uuid PRIMARY KEY,
    url              text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    -- What it is told, as in notices.type.
    types            text[] NOT NULL CHECK (cardinality(types) > 0),
    -- Since when it wants these: what happened before is not told.
    wants_since      timestamptz NOT NULL DEFAULT now(),
    -- Raised by every change of an organiser, and when it is paused for them.
    version          bigint NOT NULL DEFAULT 1,
    -- What its deliveries are signed with. Until then the one before signs too.
    secret           text NOT NULL,
    old_secret       text,
    old_secret_until timestamptz,
    paused_at        timestamptz,
    -- organiser: by hand; gone: it answered 410; failing: nothing was accepted for too long
    paused_why       text CHECK (paused_why IN ('organiser', 'gone', 'failing')),
    resumed_at       timestamptz,
    -- Tries in a row that were not accepted, since when, and until when nothing is tried for that.
    failures         integer NOT NULL DEFAULT 0,
    failing_since    timestamptz,
    held_until       timestamptz,
    last_accepted_at timestamptz,
    created_at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((paused_at IS NULL) = (paused_why IS NULL))
);

CREATE TABLE notices (
    -- The webhook-id: the same for all endpoints and tries.
    id         uuid PRIMARY KEY,
    type       text NOT NULL,
    -- The reservation or the sale that it is about: notices of one subject arrive in order.
    subject    uuid NOT NULL,
    -- What tells it from others of this type about this subject: a round's number, a payment, a moment.
    occurrence text NOT NULL,
    -- When it happened.
    at         timestamptz NOT NULL,
    -- As it is sent.
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (subject, type, occurrence)
);
CREATE INDEX notices_by_age ON notices (created_at);

-- The endpoint is not referred to: a row that points to it would be locked by who records rounds.
CREATE TABLE deliveries (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- In the order in which they were written.
    number         bigint GENERATED ALWAYS AS IDENTITY,
    endpoint_id    uuid NOT NULL,
    notice_id      uuid NOT NULL REFERENCES notices ON DELETE CASCADE,
    subject        uuid NOT NULL,
    state          text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'given_up')),
    -- Since it was last asked for.
    tries          integer NOT NULL DEFAULT 0,
    first_tried_at timestamptz,
    next_try_at    timestamptz NOT NULL DEFAULT now(),
    created_at     timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz
);
CREATE UNIQUE INDEX deliveries_by_number ON deliveries (number);
CREATE INDEX deliveries_by_notice ON deliveries (notice_id);
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, number);
CREATE INDEX deliveries_by_subject ON deliveries (subject, number);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_try_at) WHERE state = 'waiting';
CREATE INDEX deliveries_in_order ON deliveries (endpoint_id, subject, number) WHERE state = 'waiting';

CREATE TABLE delivery_tries (
    delivery_id uuid NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    duration_ms bigint NOT NULL,
    -- The answer's status and its beginning; or why there was none.
    status      integer,
    answer      text,
    error       text,
    PRIMARY KEY (delivery_id, at)
);

-- Since when a sale is scheduled: it cannot have opened before.
ALTER TABLE sale_events ADD COLUMN scheduled_at timestamptz;
UPDATE sale_events SET scheduled_at = created_at WHERE scheduled;
CREATE FUNCTION note_scheduled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.scheduled AND NEW.scheduled_at IS NULL THEN
        NEW.scheduled_at := date_trunc('milliseconds', clock_timestamp());
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sale_events_scheduled BEFORE INSERT OR UPDATE ON sale_events
    FOR EACH ROW EXECUTE FUNCTION note_scheduled();

-- Whether the last round recorded left nothing to have, and nothing that could come back without a refund.
ALTER TABLE event_lines ADD COLUMN sold_out boolean NOT NULL DEFAULT false;
