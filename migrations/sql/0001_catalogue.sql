-- What is for sale, and who may change it. Written by the admin API, read by everyone.
-- Money is integer minor units with an ISO 4217 currency. Ids are UUIDv7, made by the services.

CREATE TABLE products (
    id          uuid PRIMARY KEY,
    sku         text NOT NULL UNIQUE CHECK (length(sku) BETWEEN 1 AND 64),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description text NOT NULL DEFAULT '',
    image_url   text,
    list_minor  bigint NOT NULL CHECK (list_minor BETWEEN 0 AND 1000000000000),
    currency    char(3) NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- An event's status (draft, upcoming, active, paused, ended, stopped) is derived from its window and
-- the overrides below; no timer flips it.
CREATE TABLE sale_events (
    id               uuid PRIMARY KEY,
    name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description      text NOT NULL DEFAULT '',
    currency         char(3) NOT NULL,
    opens_at         timestamptz NOT NULL,
    closes_at        timestamptz NOT NULL,
    scheduled        boolean NOT NULL DEFAULT false,
    stopped_at       timestamptz,
    stop_reason      text,
    checkout         text NOT NULL CHECK (checkout IN ('reservation', 'direct_order')),
    hold_ms          bigint NOT NULL CHECK (hold_ms BETWEEN 1000 AND 86400000),
    per_shopper_max  integer NOT NULL CHECK (per_shopper_max BETWEEN 1 AND 1000),
    quantity_max     integer NOT NULL CHECK (quantity_max BETWEEN 1 AND 1000),
    standby_max      integer NOT NULL CHECK (standby_max BETWEEN 0 AND 1000000),
    payment_tries    integer NOT NULL DEFAULT 3 CHECK (payment_tries BETWEEN 1 AND 20),
    -- Raised by every change; a process sees from it which of two copies is newer.
    version          bigint NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    CHECK (opens_at < closes_at)
);
CREATE INDEX sale_events_by_window ON sale_events (closes_at, opens_at);

CREATE TABLE event_pauses (
    event_id     uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    paused_at    timestamptz NOT NULL,
    resumed_at   timestamptz CHECK (resumed_at >= paused_at),
    reason       text NOT NULL,
    PRIMARY KEY (event_id, paused_at)
);
-- At most one pause is open.
CREATE UNIQUE INDEX event_pauses_open ON event_pauses (event_id) WHERE resumed_at IS NULL;

CREATE TABLE sale_items (
    event_id    uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    item_no     integer NOT NULL CHECK (item_no BETWEEN 0 AND 255),
    product_id  uuid NOT NULL REFERENCES products,
    sku         text NOT NULL,
    list_minor  bigint NOT NULL CHECK (list_minor BETWEEN 0 AND 1000000000000),
    -- sale::pricing::Discount as JSON
    discount    jsonb NOT NULL DEFAULT '"none"',
    allocation  integer NOT NULL CHECK (allocation BETWEEN 0 AND 100000000),
    PRIMARY KEY (event_id, item_no),
    UNIQUE (event_id, sku)
);

CREATE TABLE coupons (
    event_id    uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    coupon_no   integer NOT NULL CHECK (coupon_no BETWEEN 0 AND 999),
    code        text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    -- sale::pricing::Cut as JSON
    cut         jsonb NOT NULL,
    uses_max    integer CHECK (uses_max >= 0),
    PRIMARY KEY (event_id, coupon_no)
);
CREATE UNIQUE INDEX coupons_by_code ON coupons (event_id, lower(code));

-- When an event has any, an attempt needs one of them. Only digests are kept.
CREATE TABLE access_codes (
    event_id    uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    code_sha256 bytea NOT NULL CHECK (length(code_sha256) = 32),
    PRIMARY KEY (event_id, code_sha256)
);

CREATE TABLE api_tokens (
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    -- viewer reads, manager also runs sales, owner also refunds and manages tokens
    role         text NOT NULL CHECK (role IN ('viewer', 'manager', 'owner')),
    token_sha256 bytea NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz
);

CREATE TABLE audit_log (
    id       uuid PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    actor    text NOT NULL,
    role     text NOT NULL,
    action   text NOT NULL,
    subject  text NOT NULL,
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_by_time ON audit_log (at DESC);

-- A repeated admin request with the same Idempotency-Key gets the first answer again.
CREATE TABLE admin_requests (
    actor        text NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
    body_sha256  bytea NOT NULL,
    subject_id   uuid NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
