-- Whoever tries one stolen card after the other is slowed down by what was declined of late: for the same address, the
-- same card, the same shopper. Of address and card only a fingerprint is kept, which nobody can read without our key.
ALTER TABLE payments ADD COLUMN address_fingerprint bytea, ADD COLUMN card_fingerprint bytea;
CREATE INDEX payments_declined_by_address ON payments (address_fingerprint, updated_at) WHERE state = 'declined';
CREATE INDEX payments_declined_by_card ON payments (card_fingerprint, updated_at) WHERE state = 'declined';
CREATE INDEX payments_declined_by_shopper ON payments (shopper_id, updated_at) WHERE state = 'declined';
