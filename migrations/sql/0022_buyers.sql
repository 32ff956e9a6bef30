-- What sales ask their buyers for, and what those give so that they can be sent what they bought. That is personal: it stands
-- here and nowhere else (docs/privacy.md), and is deleted by an owner, or when its time is over.
CREATE TABLE buyer_fields (
    event_id uuid PRIMARY KEY REFERENCES sale_events ON DELETE CASCADE,
    -- sale::buyer::Fields as JSON; a sale without a row asks for nothing
    fields   jsonb NOT NULL
);

CREATE TABLE buyers (
    -- Not referred to: the line may have reserved what is yet to be recorded.
    reservation_id uuid PRIMARY KEY,
    event_id       uuid NOT NULL REFERENCES sale_events,
    -- sale::buyer::Buyer as JSON
    buyer          jsonb NOT NULL,
    -- Last: from then on its time counts.
    given_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX buyers_by_event ON buyers (event_id);
CREATE INDEX buyers_by_age ON buyers (given_at);
