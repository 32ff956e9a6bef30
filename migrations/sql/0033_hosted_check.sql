-- A sale may ask its guests for a hosted check in place of a proof of work.

ALTER TABLE sale_events
    DROP CONSTRAINT sale_events_machine_check_check,
    ADD CONSTRAINT sale_events_machine_check_check CHECK (machine_check IN ('off', 'when_pressed', 'always', 'hosted'));
