-- The orders in columns. What is no JSON of this form has no order_id, and goes to the quarantine.
CREATE OR REFRESH STREAMING TABLE sales_raw_delta (
  CONSTRAINT valid_json_parse EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW
)
AS SELECT o.*, topic, partition, offset
FROM (
  SELECT from_json(value, 'order_id STRING, table_id STRING, customer_per_order INT, payment_mode STRING,
      items ARRAY<STRUCT<name: STRING, quantity: INT, price: INT>>, amount INT, timestamp BIGINT') AS o,
    topic, partition, offset
  FROM STREAM kafka_raw_bronze);
