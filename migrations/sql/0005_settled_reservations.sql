-- A unit that is sold may still come back, until the money for it is taken. A rebuilt inventory must know which.
ALTER TABLE reservations ADD COLUMN settled_at timestamptz;
