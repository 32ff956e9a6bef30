-- Sessions that were ended by signing out. Tokens say themselves whose they are and how long they last: every door and every notifier
-- keeps these rows in memory, and lets nobody in by a token that one of them concerns.
CREATE TABLE ended_sessions (
    -- The session; or the shopper, where all of theirs were ended.
    id         uuid PRIMARY KEY,
    shopper_id uuid NOT NULL,
    -- Ended are those that began by then.
    until      timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL DEFAULT now(),
    -- By then every token that it can concern has expired, and can be renewed no more.
    kept_until timestamptz NOT NULL
);
CREATE INDEX ended_sessions_by_end ON ended_sessions (ended_at);
CREATE INDEX ended_sessions_by_expiry ON ended_sessions (kept_until);

-- In which session a browser was subscribed: nothing is pushed there any more once that is ended. Of those from before it is not known.
ALTER TABLE notification_subscriptions ADD COLUMN session_id uuid;
CREATE INDEX notification_subscriptions_by_shopper ON notification_subscriptions (shopper_id) WHERE channel = 'push';
