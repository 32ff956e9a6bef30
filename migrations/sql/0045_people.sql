-- People who run sales, each with an account at the console: whom an owner has invited. Passwords and codes are there as hashes alone.
CREATE TABLE people (
    id              uuid PRIMARY KEY,
    -- Stands in the audit log: no two have one.
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- In its one form, as the crate `email` makes it.
    email           text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    role            text NOT NULL CHECK (role IN ('viewer', 'support', 'manager', 'owner')),
    invited_at      timestamptz NOT NULL DEFAULT now(),
    -- SHA-256 of the token of the link that is open. Who has joined is sent one when they lost what they sign in with.
    invite_sha256   bytea UNIQUE CHECK (octet_length(invite_sha256) = 32),
    invite_ends_at  timestamptz,
    joined_at       timestamptz,
    -- Argon2id, as a PHC string.
    password        text,
    -- With a key that is not here it gives the secret of the second factor.
    factor_salt     bytea CHECK (octet_length(factor_salt) = 32),
    -- The 30 seconds whose code was taken last: no code is taken twice.
    factor_step     bigint NOT NULL DEFAULT 0,
    disabled_at     timestamptz,
    CHECK ((invite_sha256 IS NULL) = (invite_ends_at IS NULL)),
    CHECK ((joined_at IS NULL) = (password IS NULL) AND (joined_at IS NULL) = (factor_salt IS NULL))
);
CREATE UNIQUE INDEX people_by_email ON people (lower(email));
CREATE UNIQUE INDEX people_by_name ON people (lower(name));

-- Codes in place of the second factor, each good once: keyed digests.
CREATE TABLE recovery_codes (
    person_id   uuid NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    code_digest bytea NOT NULL CHECK (octet_length(code_digest) = 32),
    PRIMARY KEY (person_id, code_digest)
);

-- Sign-ins that failed of late, by keyed digests of the addresses that were typed: whether anybody has them or not.
CREATE TABLE sign_in_failures (
    address_digest bytea PRIMARY KEY CHECK (octet_length(address_digest) = 32),
    failed         int NOT NULL,
    at             timestamptz NOT NULL DEFAULT now(),
    -- Nobody is heard before.
    wait_until     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (at);

-- A session is of a token, or of a person. Doors from before ask for those of tokens alone.
ALTER TABLE admin_sessions ALTER COLUMN token_id DROP NOT NULL;
ALTER TABLE admin_sessions ADD COLUMN person_id uuid REFERENCES people (id);
ALTER TABLE admin_sessions ADD CONSTRAINT admin_sessions_of_one CHECK (num_nonnulls(token_id, person_id) = 1);
CREATE INDEX admin_sessions_by_person ON admin_sessions (person_id, used_at);
