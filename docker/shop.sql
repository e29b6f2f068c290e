-- A small shop, for the demo, the compose file and the tests. Load it into an empty database.
-- customers has a column `company`; somewhere an application still asks for `name`.

CREATE TABLE customers (
    id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    company VARCHAR(100) NOT NULL,
    email VARCHAR(200) NOT NULL UNIQUE,
    country CHAR(2) NOT NULL DEFAULT 'DE',
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE products (
    id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sku VARCHAR(40) NOT NULL UNIQUE,
    title VARCHAR(200) NOT NULL,
    price DECIMAL(10, 2) NOT NULL,
    stock INT NOT NULL DEFAULT 0
);

CREATE TABLE orders (
    id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id INT NOT NULL,
    status ENUM('new', 'paid', 'shipped', 'cancelled') NOT NULL DEFAULT 'new',
    placed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE TABLE order_items (
    order_id INT NOT NULL,
    product_id INT NOT NULL,
    quantity INT NOT NULL DEFAULT 1,
    unit_price DECIMAL(10, 2) NOT NULL,
    PRIMARY KEY (order_id, product_id),
    FOREIGN KEY (order_id) REFERENCES orders (id),
    FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE VIEW order_totals AS
    SELECT o.id AS order_id, c.company, SUM(i.quantity * i.unit_price) AS total
    FROM orders o
    JOIN customers c ON c.id = o.customer_id
    JOIN order_items i ON i.order_id = o.id
    GROUP BY o.id, c.company;

INSERT INTO customers (id, company, email, country) VALUES
    (1, 'Nordwind Handel', 'einkauf@nordwind.example', 'DE'),
    (2, 'Atelier Lumen', 'bonjour@lumen.example', 'FR'),
    (3, 'Brightwater Ltd', 'orders@brightwater.example', 'GB');

INSERT INTO products (id, sku, title, price, stock) VALUES
    (1, 'LAMP-01', 'Desk lamp', 39.90, 12),
    (2, 'CHAIR-02', 'Oak chair', 149.00, 4),
    (3, 'MUG-03', 'Stoneware mug', 12.50, 80);

INSERT INTO orders (id, customer_id, status) VALUES (1, 1, 'paid'), (2, 3, 'new');

INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES
    (1, 1, 2, 39.90), (1, 3, 6, 12.50), (2, 2, 1, 149.00);
