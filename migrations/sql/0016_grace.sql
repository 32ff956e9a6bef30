-- What was begun before a reservation's deadline may end within a grace: a payment that a bank is still asked about.
ALTER TABLE sale_events ADD COLUMN grace_ms bigint NOT NULL DEFAULT 300000 CHECK (grace_ms BETWEEN 0 AND 3600000);
-- sale::answer::Grace as JSON, while the reservation is held on past its deadline.
ALTER TABLE reservations ADD COLUMN grace jsonb;
