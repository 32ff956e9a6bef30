-- When money came back that had gone back: its shopper was told that it goes, and is told that it did not arrive. Of earlier
-- ones it is known where the units had been put back.
ALTER TABLE refunds ADD COLUMN came_back_at timestamptz;
UPDATE refunds SET came_back_at = updated_at WHERE state = 'failed' AND put_back_at IS NOT NULL;
