-- What a process says of itself with each heartbeat. One of an earlier version says none of it.
ALTER TABLE members
    ADD COLUMN host       text,
    ADD COLUMN version    text,
    ADD COLUMN started_at timestamptz,
    -- What it lacks to be ready: nothing, when it is.
    ADD COLUMN lacks      text[];
