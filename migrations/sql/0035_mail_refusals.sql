-- No more mail about a sale goes to an address by which its owner was told of it: the link in each mail says so, whoever the mail
-- was for (docs/notifications.md).
CREATE TABLE mail_refusals (
    event_id       uuid NOT NULL REFERENCES sale_events ON DELETE CASCADE,
    -- keyed, as in email_codes: nobody reads the address from it
    address_digest bytea NOT NULL CHECK (octet_length(address_digest) = 32),
    refused_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, address_digest)
);

-- By mail: the same digest, so that the link finds the wish. Of those from before it is not known; they end when they are sent.
ALTER TABLE notification_subscriptions
    ADD COLUMN address_digest bytea CHECK (octet_length(address_digest) = 32);
CREATE INDEX notification_subscriptions_by_address ON notification_subscriptions (event_id, address_digest)
    WHERE address_digest IS NOT NULL;

-- To the address that a buyer gave, which nobody confirmed, so many mails go and no more: from the first try on it is known which.
ALTER TABLE notifications
    ADD COLUMN address_digest bytea CHECK (octet_length(address_digest) = 32),
    DROP CONSTRAINT notifications_ended_as_check,
    -- redundant: the same goes to that address as its owner asked for; limited: as many as may go there have gone
    ADD CONSTRAINT notifications_ended_as_check CHECK (
        ended_as IN ('sent', 'untrue', 'unsubscribed', 'refused', 'expired', 'redundant', 'limited'));
CREATE INDEX notifications_by_address ON notifications (event_id, address_digest) WHERE address_digest IS NOT NULL;
