-- Sales whose units are paid for at the shop's own checkout. The old services know nothing of them: a sale, a token or a
-- payment of the new kinds is only made by the new ones.
ALTER TABLE sale_events DROP CONSTRAINT sale_events_checkout_check;
ALTER TABLE sale_events ADD CONSTRAINT sale_events_checkout_check
    CHECK (checkout IN ('reservation', 'direct_order', 'handed_over'));
ALTER TABLE sale_events ADD COLUMN checkout_url text CHECK (length(checkout_url) <= 2000);
ALTER TABLE sale_events ADD CONSTRAINT sale_events_checkout_url_of_model
    CHECK ((checkout = 'handed_over') = (checkout_url IS NOT NULL));
ALTER TABLE sale_events DROP CONSTRAINT sale_events_gateway_check;
ALTER TABLE sale_events ADD CONSTRAINT sale_events_gateway_check CHECK (gateway IN ('sandbox', 'stripe', 'shop'));
ALTER TABLE payments DROP CONSTRAINT payments_gateway_check;
ALTER TABLE payments ADD CONSTRAINT payments_gateway_check CHECK (gateway IN ('sandbox', 'stripe', 'shop'));
ALTER TABLE api_tokens DROP CONSTRAINT api_tokens_role_check;
ALTER TABLE api_tokens ADD CONSTRAINT api_tokens_role_check CHECK (role IN ('viewer', 'manager', 'owner', 'shop'));

-- The shop's reference of a payment is no gateway's id: one order of the shop may be for several reservations.
DROP INDEX payments_by_gateway_ref;
CREATE UNIQUE INDEX payments_by_gateway_ref ON payments (gateway, gateway_ref) WHERE gateway <> 'shop';

-- What the shop knows an order by that was paid at its own checkout.
ALTER TABLE orders ADD COLUMN reference text CHECK (length(reference) BETWEEN 1 AND 100);
CREATE INDEX orders_by_reference ON orders (reference) WHERE reference IS NOT NULL;
