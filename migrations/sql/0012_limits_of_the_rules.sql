-- The limits of a sale are the rules' (sale/src/definition, sale/src/money.rs); what stood here allowed more than they do.
-- A test holds the two together. NOT VALID: no row is looked at, since none could ever be written beyond the rules.
ALTER TABLE products DROP CONSTRAINT products_list_minor_check,
    ADD CONSTRAINT products_list_minor_check CHECK (list_minor BETWEEN 0 AND 500000000000) NOT VALID;
ALTER TABLE sale_items DROP CONSTRAINT sale_items_list_minor_check,
    ADD CONSTRAINT sale_items_list_minor_check CHECK (list_minor BETWEEN 0 AND 500000000000) NOT VALID,
    DROP CONSTRAINT sale_items_allocation_check,
    ADD CONSTRAINT sale_items_allocation_check CHECK (allocation BETWEEN 0 AND 10000000) NOT VALID,
    DROP CONSTRAINT sale_items_item_no_check,
    ADD CONSTRAINT sale_items_item_no_check CHECK (item_no BETWEEN 0 AND 63) NOT VALID;
