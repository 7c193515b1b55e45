-- The benchmark: retail orders from JSON lines to bronze, silver and gold. bench/bound does the same
-- by hand, bench/spark/pipeline.py with Spark.

-- Bronze: every line as it came, and where it came from.
CREATE OR REFRESH STREAMING TABLE bronze
AS SELECT
  value,
  _metadata.file_name AS source_file,
  _metadata.file_line AS line,
  current_timestamp() AS ingest_ts
FROM STREAM read_files('${bench.input}', format => 'text');

-- Silver: one row per item, typed and checked.
CREATE OR REFRESH STREAMING TABLE silver (
  CONSTRAINT order_has_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT quantity_is_positive EXPECT (quantity > 0) ON VIOLATION DROP ROW
)
AS SELECT
  o.order_id,
  item.order_item_id,
  item.order_item_product_id AS product_id,
  item.order_item_quantity AS quantity,
  item.order_item_product_price AS price,
  item.order_item_subtotal AS subtotal,
  o.customer_id,
  o.customer_fname,
  o.customer_lname,
  o.city,
  o.state,
  o.pincode,
  o.order_ts,
  ingest_ts
FROM (
  SELECT o, explode(o.line_items) AS item, ingest_ts
  FROM (
    SELECT
      from_json(value, 'order_id BIGINT, customer_id INT, customer_fname STRING, customer_lname STRING,
        city STRING, state STRING, pincode INT, order_ts TIMESTAMP,
        line_items ARRAY<STRUCT<order_item_id: BIGINT, order_item_product_id: INT,
          order_item_quantity: INT, order_item_product_price: DOUBLE,
          order_item_subtotal: DOUBLE>>') AS o,
      ingest_ts
    FROM STREAM bronze
  )
);

-- Gold: what the dashboards ask for.
CREATE OR REFRESH MATERIALIZED VIEW gold_city_hour
AS SELECT
  city,
  state,
  date_trunc('HOUR', order_ts) AS hour,
  sum(subtotal) AS revenue,
  count(DISTINCT order_id) AS orders,
  sum(quantity) AS items,
  count(*) AS lines
FROM silver
GROUP BY city, state, date_trunc('HOUR', order_ts);

CREATE OR REFRESH MATERIALIZED VIEW gold_product
AS SELECT
  product_id,
  sum(subtotal) AS revenue,
  count(DISTINCT order_id) AS orders,
  sum(quantity) AS items,
  count(*) AS lines
FROM silver
GROUP BY product_id;
