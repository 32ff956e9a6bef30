-- The audit log is read by who, by what, and by the sale that an entry is about: also what was done to its orders. A trigger notes the
-- sale, so that services of before note it, too. (No reference to the sale: an entry waits for nobody who changes that.)
ALTER TABLE audit_log ADD COLUMN event_id uuid;

CREATE FUNCTION note_sale_of_deed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.action LIKE 'event.%' THEN
        NEW.event_id := NEW.subject::uuid;
    ELSIF NEW.action = 'orders.export' THEN
        NEW.event_id := (NEW.detail->'filter'->>'event')::uuid;
    ELSIF NEW.action LIKE 'order.%' THEN
        NEW.event_id := (SELECT event_id FROM orders WHERE id = NEW.subject::uuid);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_log_of_sale BEFORE INSERT OR UPDATE OF subject ON audit_log
    FOR EACH ROW EXECUTE FUNCTION note_sale_of_deed();
-- Those of before.
UPDATE audit_log SET subject = subject WHERE action LIKE 'event.%' OR action LIKE 'order.%' OR action = 'orders.export';

CREATE INDEX audit_log_by_sale ON audit_log (event_id, id DESC) WHERE event_id IS NOT NULL;
CREATE INDEX audit_log_by_actor ON audit_log (lower(actor) COLLATE "C", id DESC);
CREATE INDEX audit_log_by_action ON audit_log (action COLLATE "C", id DESC);
