-- How the shop looks, as organisers set it: one row, or none as long as nobody has. What is in it is checked before it comes here (crates/look).
CREATE TABLE shop_look (
    is_only    boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    look       jsonb NOT NULL CHECK (octet_length(look::text) <= 65536),
    -- Raised by every change.
    version    bigint NOT NULL CHECK (version >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
);
