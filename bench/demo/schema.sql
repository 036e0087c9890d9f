-- The demo's database: a small shop, and the one slow question the service asks of it.
-- See: README.md of this folder.

CREATE EXTENSION pg_stat_statements;

CREATE TABLE products (
  id integer PRIMARY KEY,
  name text NOT NULL,
  description text NOT NULL,
  price_cents integer NOT NULL,
  stock integer NOT NULL
);

CREATE TABLE reviews (
  product integer NOT NULL REFERENCES products,
  stars smallint NOT NULL,
  body text NOT NULL
);

INSERT INTO products
SELECT n, 'Product ' || n, repeat('A fine thing to own. ', 8), 500 + (n * 7919) % 20000, (n * 31) % 250
FROM generate_series(1, 5000) AS n;

INSERT INTO reviews
SELECT 1 + (n * 17) % 5000, 1 + (n * 13) % 5, 'Review number ' || n
FROM generate_series(1, 50000) AS n;

CREATE INDEX ON reviews (product);
ANALYZE;

-- Two counters of our own besides pg_stat_statements. A sequence does not roll back, so it counts every query that
-- began; the log has a row for every query that ran to its end, whether or not its caller was still alive by then.
CREATE SEQUENCE queries_begun;
CREATE UNLOGGED TABLE query_log (
  product integer NOT NULL,
  begun timestamptz NOT NULL,
  ended timestamptz NOT NULL
);

-- Reads one product with its rating. The sleep stands for what makes such a query slow in earnest (disks, locks, a
-- network); it needs no CPU, so 200 of these at once take hardly longer than one. That is the mildest herd there can be.
CREATE FUNCTION load_product(wanted integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  begun timestamptz := clock_timestamp();
  answer text;
BEGIN
  PERFORM nextval('queries_begun');
  SELECT json_build_object('id', p.id, 'name', p.name, 'description', p.description, 'price_cents', p.price_cents,
                           'stock', p.stock, 'reviews', r.number, 'stars', r.stars)
  INTO answer
  FROM products p,
       LATERAL (SELECT count(*) AS number, round(avg(stars), 2) AS stars FROM reviews WHERE product = p.id) r
  WHERE p.id = wanted;
  PERFORM pg_sleep(0.1);
  INSERT INTO query_log VALUES (wanted, begun, clock_timestamp());
  RETURN answer;
END
$$;
