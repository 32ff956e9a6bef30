-- What the shop has confirmed stays open for a while, in which it charges: the line hears only then that it is final, unless
-- the shop has returned it before. Of that message, the payment.
ALTER TABLE outbox ADD COLUMN due_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE outbox ADD COLUMN payment_id uuid;
CREATE INDEX outbox_by_payment ON outbox (payment_id) WHERE payment_id IS NOT NULL;

-- Secrets of an endpoint that was given several within the overlap, before old_secret: they sign as long as that.
ALTER TABLE endpoints ADD COLUMN older_secrets text[] NOT NULL DEFAULT '{}' CHECK (cardinality(older_secrets) <= 3);
