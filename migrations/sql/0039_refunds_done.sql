-- When the money of a refund went back: whoever looks at an order sees it. `updated_at` is later, once its units are asked for or the
-- money comes back. Of earlier ones it is known where nothing of that happened.
ALTER TABLE refunds ADD COLUMN refunded_at timestamptz;
UPDATE refunds SET refunded_at = updated_at WHERE state = 'refunded' AND NOT put_back;
