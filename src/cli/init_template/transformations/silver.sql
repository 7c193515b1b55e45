-- Silver is typed, and has one row per item of an order. Rows that break a rule are dropped, counted,
-- and kept in silver.order_items__quarantine with the reason.
CREATE OR REFRESH STREAMING TABLE silver.order_items (
  CONSTRAINT order_has_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT quantity_is_positive EXPECT (quantity > 0) ON VIOLATION DROP ROW
)
COMMENT 'One row per item of an order'
AS SELECT
  o.order_id,
  o.order_ts,
  o.city,
  item.product,
  item.quantity,
  item.price,
  item.quantity * item.price AS amount
FROM (
  SELECT o, explode(o.items) AS item
  FROM (
    SELECT from_json(value, 'order_id BIGINT, order_ts TIMESTAMP, city STRING,
             items ARRAY<STRUCT<product: STRING, quantity: INT, price: DECIMAL(10,2)>>') AS o
    FROM STREAM bronze.orders_raw
  )
);
