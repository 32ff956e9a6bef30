-- Sales for shoppers who can be told apart. Doors from before know nothing of it and would let guests in: such a sale is
-- scheduled once all of them are new.
ALTER TABLE sale_events ADD COLUMN participation text NOT NULL DEFAULT 'anyone' CHECK (participation IN ('anyone', 'email'));

-- Codes that confirm an e-mail address, all of a day: so that every door counts the same. Of an address there is a digest with
-- a key, and of a code, too: what stands here names nobody, and lets nobody in.
CREATE TABLE email_codes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    address_digest bytea NOT NULL CHECK (octet_length(address_digest) = 32),
    code_digest    bytea NOT NULL CHECK (octet_length(code_digest) = 32),
    created_at     timestamptz NOT NULL DEFAULT now(),
    expires_at     timestamptz NOT NULL,
    -- Wrong codes that were given for it.
    wrong          int NOT NULL DEFAULT 0,
    used_at        timestamptz
);
-- The latest of an address is the one that counts.
CREATE INDEX email_codes_by_address ON email_codes (address_digest, id);
CREATE INDEX email_codes_by_age ON email_codes (created_at);

-- Mails that wait to be sent; a row goes once a server has taken its mail. Sealed with a key that the database does not have:
-- address and code are inside.
CREATE TABLE mails (
    id          uuid PRIMARY KEY,
    sealed      bytea NOT NULL CHECK (octet_length(sealed) <= 1000),
    created_at  timestamptz NOT NULL DEFAULT now(),
    -- What is in it is of no use any more.
    expires_at  timestamptz NOT NULL,
    -- Also while somebody tries: nobody else does until then.
    next_try_at timestamptz NOT NULL DEFAULT now(),
    tries       int NOT NULL DEFAULT 0
);
CREATE INDEX mails_due ON mails (next_try_at);
CREATE INDEX mails_by_age ON mails (expires_at);
