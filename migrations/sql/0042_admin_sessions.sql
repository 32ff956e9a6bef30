-- Sessions of organisers at the console: a cookie in place of the API token that they signed in with. One that is over is deleted.
CREATE TABLE admin_sessions (
    id            uuid PRIMARY KEY,
    -- Whose name and role it has. It ends with that: no session outlasts a revocation.
    token_id      uuid NOT NULL REFERENCES api_tokens (id),
    -- SHA-256 of what the cookie says.
    secret_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(secret_sha256) = 32),
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- To within a minute.
    used_at       timestamptz NOT NULL DEFAULT now(),
    -- However often it is used; never beyond the token's own end.
    ends_at       timestamptz NOT NULL
);
CREATE INDEX admin_sessions_by_token ON admin_sessions (token_id, used_at);
