-- Gold: the answers. A materialized view always equals its query over the tables as they are; a
-- streaming table grows with its input.
CREATE OR REFRESH MATERIALIZED VIEW gold.revenue_per_city_hour
COMMENT 'Orders, items and revenue of each city in each hour'
AS SELECT
  city,
  state,
  date_trunc('HOUR', order_ts) AS hour,
  count(DISTINCT order_id) AS orders,
  sum(quantity) AS items,
  sum(subtotal) AS revenue
FROM silver.order_items
GROUP BY city, state, date_trunc('HOUR', order_ts);

CREATE OR REFRESH MATERIALIZED VIEW gold.totals_per_product
COMMENT 'Orders, items and revenue of each product'
AS SELECT
  product_id,
  count(DISTINCT order_id) AS orders,
  sum(quantity) AS items,
  sum(subtotal) AS revenue
FROM silver.order_items
GROUP BY product_id;

CREATE OR REFRESH STREAMING TABLE gold.chicago_orders
COMMENT 'The orders of Chicago, item by item, as they come'
AS SELECT
  order_id,
  order_ts,
  customer_id,
  customer_fname,
  customer_lname,
  order_item_id,
  product_id,
  quantity,
  price,
  subtotal
FROM STREAM silver.order_items
WHERE city = 'Chicago';
