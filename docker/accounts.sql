-- The accounts of compose.yaml, with passwords for that example only.

CREATE USER 'app'@'%' IDENTIFIED BY 'example-app';
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO 'app'@'%';

-- The guard reads the schema with this one.
CREATE USER 'schemaguard'@'%' IDENTIFIED BY 'example-schema';
GRANT REFERENCES ON shop.* TO 'schemaguard'@'%';
