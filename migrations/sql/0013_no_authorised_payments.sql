-- No payment ever was in the state 'authorised': held money and the question to the line are one step, 'confirming'.
-- The services know it no longer, so no row may have it. (The partial indexes that name it stay: they hold the same rows
-- without it, and the services of before, whose queries name it, go on using them until they are replaced.)
ALTER TABLE payments DROP CONSTRAINT payments_state_check;
ALTER TABLE payments ADD CONSTRAINT payments_state_check CHECK (state IN (
    'requested', 'authorising', 'confirming', 'capturing', 'captured',
    'declined', 'voiding', 'voided', 'capture_failed'));
