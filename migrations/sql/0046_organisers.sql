-- Organisers, further: API tokens that may do less than their role, and how often somebody signs in.

-- A token that may do less than its role has a role of that name, which no door from before takes for any: to them it is no token that
-- they can serve, and never one that may do all that its role may.
ALTER TABLE api_tokens DROP CONSTRAINT api_tokens_role_check;
ALTER TABLE api_tokens ADD CONSTRAINT api_tokens_role_check
    CHECK (role IN ('viewer', 'support', 'manager', 'owner', 'shop', 'narrowed'));
ALTER TABLE api_tokens
    -- The role of which it has some.
    ADD COLUMN narrowed_role text CHECK (narrowed_role IN ('viewer', 'support', 'manager', 'owner', 'shop')),
    -- The rights that it has of that role; all of them, if NULL.
    ADD COLUMN rights        text[] CHECK (cardinality(rights) > 0),
    -- The one sale that it is for; all of them, if NULL.
    ADD COLUMN event_id      uuid REFERENCES sale_events (id),
    -- Who made it, as in the audit log; not known of those from before.
    ADD COLUMN made_by       text,
    ADD CONSTRAINT api_tokens_narrowed CHECK (role <> 'narrowed' OR narrowed_role IS NOT NULL);

-- How often organisers sign in, or change what they sign in with, for all doors together: each time takes some of what they may, which
-- comes back with time.
CREATE TABLE organiser_paces (
    -- A person's or an API token's.
    organiser_id uuid PRIMARY KEY,
    -- From when on all of it is there again.
    whole_at     timestamptz NOT NULL
);
CREATE INDEX organiser_paces_by_time ON organiser_paces (whole_at);
