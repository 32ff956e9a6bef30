-- How long a shopper may take to pay who was granted something from standby, where that is longer than for others: they may be
-- away.
ALTER TABLE sale_events ADD COLUMN standby_hold_ms bigint CHECK (standby_hold_ms BETWEEN 1 AND 86400000);
