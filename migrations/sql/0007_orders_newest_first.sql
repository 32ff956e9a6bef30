-- Orders are listed by the time at which they were made. (Those of the direct-order model had random ids.)
CREATE INDEX orders_by_time ON orders (created_at, id);
