-- What the shop has confirmed stays open for a while, in which it charges: the line hears only then that it is final.
ALTER TABLE outbox ADD COLUMN due_at timestamptz NOT NULL DEFAULT now();

-- Secrets of an endpoint that was given several within the overlap, before old_secret: they sign as long as that.
ALTER TABLE endpoints ADD COLUMN older_secrets text[] NOT NULL DEFAULT '{}' CHECK (cardinality(older_secrets) <= 3);
