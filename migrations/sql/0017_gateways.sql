-- Several payment gateways side by side, one for each sale; and gateways as they are: a bank may let one wait or ask the
-- shopper first, money goes back in parts.
ALTER TABLE sale_events ADD COLUMN gateway text NOT NULL DEFAULT 'sandbox' CHECK (gateway IN ('sandbox', 'stripe'));

ALTER TABLE payments
    ADD COLUMN gateway text NOT NULL DEFAULT 'sandbox' CHECK (gateway IN ('sandbox', 'stripe')),
    -- What the shopper's page needs for what the bank asks, while it asks: nobody else's business.
    ADD COLUMN action jsonb,
    -- Whether the line was asked to hold the reservation on for it.
    ADD COLUMN held_on boolean NOT NULL DEFAULT false;
ALTER TABLE payments DROP CONSTRAINT payments_gateway_ref_key;
CREATE UNIQUE INDEX payments_by_gateway_ref ON payments (gateway, gateway_ref);
ALTER TABLE payments DROP CONSTRAINT payments_state_check;
ALTER TABLE payments ADD CONSTRAINT payments_state_check CHECK (state IN (
    'requested', 'authorising', 'pending', 'action_needed', 'confirming', 'capturing', 'captured',
    'declined', 'voiding', 'voided', 'capture_failed'));
DROP INDEX payments_live;
CREATE UNIQUE INDEX payments_live ON payments (reservation_id)
    WHERE state IN ('requested', 'authorising', 'pending', 'action_needed', 'confirming', 'capturing', 'captured');
DROP INDEX payments_due;
CREATE INDEX payments_due ON payments (next_try_at)
    WHERE state IN ('requested', 'authorising', 'pending', 'action_needed', 'confirming', 'capturing', 'voiding');

-- An order is refunded in parts, each a row of its own. (The old services make one refund of everything: they go on.)
ALTER TABLE orders ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0
    CHECK (refunded_minor BETWEEN 0 AND total_minor);
UPDATE orders SET refunded_minor = total_minor WHERE state = 'refunded';
DROP INDEX refunds_live;
-- needs_attention: tried as often as it is tried; whether the money went back is for a person to find out.
ALTER TABLE refunds DROP CONSTRAINT refunds_state_check;
ALTER TABLE refunds ADD CONSTRAINT refunds_state_check
    CHECK (state IN ('requested', 'pending', 'refunded', 'failed', 'needs_attention'));
CREATE INDEX refunds_open ON refunds (state, created_at) WHERE state IN ('requested', 'pending', 'needs_attention');
