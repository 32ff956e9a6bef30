-- What the admin API keeps besides: versions of products, how long tokens last, from where things were done, and
-- times of one precision.

-- Raised by every change, like that of an event: a change is refused when it was made for another version.
ALTER TABLE products ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- Tokens of before have none and go on until they are revoked; so does the one from the configuration.
ALTER TABLE api_tokens ADD COLUMN expires_at timestamptz;

-- The client's address. None for what a service did by itself.
ALTER TABLE audit_log ADD COLUMN address text;
CREATE INDEX audit_log_by_subject ON audit_log (subject, id DESC);

-- Rules and line count milliseconds: a window finer than that looked open here and was empty there. Whoever writes,
-- what is finer is cut, as by the API. (Not timestamptz(3): a changed type would break the prepared statements of
-- processes that run, and it rounds.)
CREATE FUNCTION cut_window() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.opens_at := date_trunc('milliseconds', NEW.opens_at);
    NEW.closes_at := date_trunc('milliseconds', NEW.closes_at);
    NEW.stopped_at := date_trunc('milliseconds', NEW.stopped_at);
    RETURN NEW;
END $$;
CREATE FUNCTION cut_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.paused_at := date_trunc('milliseconds', NEW.paused_at);
    NEW.resumed_at := date_trunc('milliseconds', NEW.resumed_at);
    RETURN NEW;
END $$;

-- A window that is empty in milliseconds sold nothing and never will: one of a millisecond neither.
UPDATE sale_events SET closes_at = date_trunc('milliseconds', opens_at) + interval '1 millisecond'
WHERE date_trunc('milliseconds', closes_at) = date_trunc('milliseconds', opens_at);

CREATE TRIGGER sale_events_cut BEFORE INSERT OR UPDATE ON sale_events FOR EACH ROW EXECUTE FUNCTION cut_window();
CREATE TRIGGER event_pauses_cut BEFORE INSERT OR UPDATE ON event_pauses FOR EACH ROW EXECUTE FUNCTION cut_pause();
UPDATE sale_events SET opens_at = opens_at WHERE opens_at <> date_trunc('milliseconds', opens_at)
    OR closes_at <> date_trunc('milliseconds', closes_at) OR stopped_at <> date_trunc('milliseconds', stopped_at);
UPDATE event_pauses SET paused_at = paused_at WHERE paused_at <> date_trunc('milliseconds', paused_at)
    OR resumed_at <> date_trunc('milliseconds', resumed_at);
