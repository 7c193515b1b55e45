-- Silver as in transformations/, for a feed in which some orders spell line_items as line_iems:
-- both names stand in the schema, and the one that came is taken.
CREATE OR REFRESH STREAMING TABLE silver.order_items (
  CONSTRAINT order_has_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT quantity_is_positive EXPECT (quantity > 0) ON VIOLATION DROP ROW
)
COMMENT 'One row per item of an order, typed and checked'
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
  SELECT o, explode(coalesce(o.line_items, o.line_iems)) AS item, ingest_ts
  FROM (
    SELECT
      from_json(value, 'order_id BIGINT, customer_id INT, customer_fname STRING, customer_lname STRING,
        city STRING, state STRING, pincode INT, order_ts TIMESTAMP,
        line_items ARRAY<STRUCT<order_item_id: BIGINT, order_item_product_id: INT,
          order_item_quantity: INT, order_item_product_price: DECIMAL(10,2),
          order_item_subtotal: DECIMAL(10,2)>>,
        line_iems ARRAY<STRUCT<order_item_id: BIGINT, order_item_product_id: INT,
          order_item_quantity: INT, order_item_product_price: DECIMAL(10,2),
          order_item_subtotal: DECIMAL(10,2)>>') AS o,
      ingest_ts
    FROM STREAM bronze.orders_raw
  )
);
