-- A sale stays with the services until nothing is owed any more, however long that takes; a while later its line and its
-- inventory are cleared away, and only the record of it is left.
ALTER TABLE sale_events
    -- Since when nothing is owed: the line is answered to its end, nothing is held, waited for or being paid.
    ADD COLUMN settled_at timestamptz,
    -- When line and inventory were removed.
    ADD COLUMN cleared_at timestamptz;
CREATE INDEX sale_events_uncleared ON sale_events (settled_at) WHERE cleared_at IS NULL;
-- The version before dropped sales a week after their window, whatever was owed: those that owe nothing stay dropped.
UPDATE sale_events e SET settled_at = closes_at
WHERE scheduled AND closes_at < now() - interval '7 days'
  AND NOT EXISTS (SELECT FROM reservations r WHERE r.event_id = e.id AND r.state IN ('active', 'standby'))
  AND NOT EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL);
