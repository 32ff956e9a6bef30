-- Sales for shoppers with an account: at the OpenID provider, or of the shop. Doors from before cannot read such a sale: it is created once all
-- of them are new.
ALTER TABLE sale_events DROP CONSTRAINT sale_events_participation_check;
ALTER TABLE sale_events ADD CONSTRAINT sale_events_participation_check CHECK (participation IN ('anyone', 'email', 'account'));
