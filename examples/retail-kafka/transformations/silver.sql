-- A row per item of an order.
CREATE OR REFRESH STREAMING TABLE silver.order_items (
  CONSTRAINT has_order_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT positive_quantity EXPECT (quantity > 0) ON VIOLATION DROP ROW
)
AS SELECT o.order_id, o.customer_id, o.customer_fname, o.customer_lname, o.city, o.state, o.pincode,
  item.order_item_id AS item_id, item.order_item_product_id AS product_id,
  item.order_item_quantity AS quantity, item.order_item_product_price AS price,
  item.order_item_subtotal AS subtotal, topic, partition, offset
FROM (
  SELECT o, explode(o.line_items) AS item, topic, partition, offset
  FROM (
    SELECT from_json(value, 'order_id BIGINT, customer_id BIGINT, customer_fname STRING, customer_lname STRING,
        city STRING, state STRING, pincode BIGINT, line_items ARRAY<STRUCT<order_item_id: BIGINT,
        order_item_product_id: BIGINT, order_item_quantity: INT, order_item_product_price: DECIMAL(10,2),
        order_item_subtotal: DECIMAL(10,2)>>') AS o, topic, partition, offset
    FROM STREAM bronze.retail_raw));
