-- Whether a sale asks its guests for a proof of work.

ALTER TABLE sale_events
    ADD COLUMN machine_check text NOT NULL DEFAULT 'off' CHECK (machine_check IN ('off', 'when_pressed', 'always'));
