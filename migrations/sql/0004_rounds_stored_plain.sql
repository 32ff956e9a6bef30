-- Compressing rounds as they are stored cost more than half of what recording them did, and saved little:
-- they are small, and mostly random ids. It holds for rounds recorded from now on.
ALTER TABLE rounds ALTER COLUMN report SET STORAGE EXTERNAL;
