-- A refund that failed can be asked for again: each asking is a row of its own, and its id is what the gateway
-- knows it by. An order has one at most that is under way or done. The old services go on beside it.
ALTER TABLE refunds DROP CONSTRAINT refunds_order_id_key;
CREATE UNIQUE INDEX refunds_live ON refunds (order_id) WHERE state <> 'failed';
CREATE INDEX refunds_by_order ON refunds (order_id, id DESC);
CREATE INDEX refunds_by_payment ON refunds (payment_id);

-- pending: the gateway has taken it, and says later how it ended.
ALTER TABLE refunds DROP CONSTRAINT refunds_state_check;
ALTER TABLE refunds ADD CONSTRAINT refunds_state_check
    CHECK (state IN ('requested', 'pending', 'refunded', 'failed'));
-- An order with nothing to pay is cancelled by a refund of nothing.
ALTER TABLE refunds DROP CONSTRAINT refunds_amount_minor_check;
ALTER TABLE refunds ADD CONSTRAINT refunds_amount_minor_check CHECK (amount_minor >= 0);
-- The gateway's id of it, once it has one.
ALTER TABLE refunds ADD COLUMN gateway_ref text;
-- Whether the units return to the sale; and since when the line has been told so, once the money has gone back.
ALTER TABLE refunds ADD COLUMN put_back boolean NOT NULL DEFAULT false;
ALTER TABLE refunds ADD COLUMN put_back_at timestamptz;
DROP INDEX refunds_due;
CREATE INDEX refunds_due ON refunds (next_try_at)
    WHERE state IN ('requested', 'pending') OR (state = 'refunded' AND put_back AND put_back_at IS NULL);

-- A token is deleted once the gateway has answered for it; where there is nothing to pay there never is one.
-- Empty rather than NULL, which the old services could not read.
ALTER TABLE payments DROP CONSTRAINT payments_card_token_check;
ALTER TABLE payments ADD CONSTRAINT payments_card_token_check CHECK (length(card_token) <= 200);
CREATE INDEX payments_with_token ON payments (id) WHERE card_token <> '';
