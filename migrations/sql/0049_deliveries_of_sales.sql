-- What the shop was told of one sale, whatever of it: the sale itself, a reservation, an order. A trigger notes the sale where a service
-- of before does not. (No reference to the sale: a delivery waits for nobody who changes that.)
ALTER TABLE deliveries ADD COLUMN event_id uuid;

CREATE FUNCTION note_sale_of_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.event_id := coalesce((SELECT id FROM sale_events WHERE id = NEW.subject),
                             (SELECT event_id FROM reservations WHERE id = NEW.subject));
    RETURN NEW;
END $$;
CREATE TRIGGER deliveries_of_sale BEFORE INSERT OR UPDATE OF subject ON deliveries
    FOR EACH ROW WHEN (NEW.event_id IS NULL) EXECUTE FUNCTION note_sale_of_delivery();
-- Those of before.
UPDATE deliveries SET subject = subject;

CREATE INDEX deliveries_by_sale ON deliveries (event_id, number) WHERE event_id IS NOT NULL;
