-- Those who help shoppers: they see who somebody is, and pay back.
ALTER TABLE api_tokens DROP CONSTRAINT api_tokens_role_check;
ALTER TABLE api_tokens ADD CONSTRAINT api_tokens_role_check
    CHECK (role IN ('viewer', 'support', 'manager', 'owner', 'shop'));
