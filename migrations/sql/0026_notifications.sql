-- What shoppers are told when their page is closed, by mail and by Web Push (docs/notifications.md).

-- Where a shopper wants to be told of one sale.
CREATE TABLE notification_subscriptions (
    id         uuid PRIMARY KEY,
    event_id   uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    shopper_id uuid NOT NULL,
    channel    text NOT NULL CHECK (channel IN ('mail', 'push')),
    -- mail: the address, sealed with a key that the database does not have. push: endpoint and keys of a browser, as JSON.
    target     bytea NOT NULL CHECK (octet_length(target) <= 4000),
    -- Tells browsers apart: SHA-256 of the endpoint. Of a mail it is empty: there is one address.
    digest     bytea NOT NULL CHECK (octet_length(digest) IN (0, 32)),
    language   text NOT NULL CHECK (language IN ('en', 'de', 'zh', 'ar')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, shopper_id, channel, digest)
);
CREATE INDEX notification_subscriptions_by_digest ON notification_subscriptions (digest) WHERE channel = 'push';

-- The outbox: written with the fact that it tells of, kept for a while after it was sent, so that nothing is told twice.
-- What it says is read from the record when it is sent.
CREATE TABLE notifications (
    id          uuid PRIMARY KEY,
    event_id    uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    -- buyer: the address that the buyer gave for the order
    channel     text NOT NULL CHECK (channel IN ('mail', 'push', 'buyer')),
    -- The subscription, or the buyer's reservation. Not referred to: who records rounds would lock it.
    recipient   uuid NOT NULL,
    kind        text NOT NULL,
    -- The reservation or the sale that it is about.
    subject     uuid NOT NULL,
    -- What tells it from others of this kind about this subject: a round, a payment, a refund, an opening.
    occurrence  text NOT NULL,
    -- From when on it is to be told.
    due_at      timestamptz NOT NULL DEFAULT now(),
    -- Also while somebody tries: nobody else does until then.
    next_try_at timestamptz NOT NULL DEFAULT now(),
    -- It is of no use any more.
    expires_at  timestamptz NOT NULL,
    tries       integer NOT NULL DEFAULT 0,
    ended_at    timestamptz,
    -- sent; untrue by then; unsubscribed; refused for good; expired
    ended_as    text CHECK (ended_as IN ('sent', 'untrue', 'unsubscribed', 'refused', 'expired')),
    CHECK ((ended_at IS NULL) = (ended_as IS NULL)),
    UNIQUE (recipient, kind, subject, occurrence)
);
CREATE INDEX notifications_due ON notifications (channel, next_try_at) WHERE ended_at IS NULL;
CREATE INDEX notifications_by_subject ON notifications (subject) WHERE ended_at IS NULL;
CREATE INDEX notifications_by_end ON notifications (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX notifications_by_expiry ON notifications (expires_at) WHERE ended_at IS NULL;

-- Buyers who gave an address get the receipt there, in the language of their browser, unless they say that they want none.
ALTER TABLE buyers
    ADD COLUMN language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de', 'zh', 'ar')),
    ADD COLUMN mails boolean NOT NULL DEFAULT true;
