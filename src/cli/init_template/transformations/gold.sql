-- Gold answers questions. A materialized view always equals its query over the tables as they are.
CREATE OR REFRESH MATERIALIZED VIEW gold.revenue_per_day
COMMENT 'Orders and revenue of each city and day'
AS SELECT
  CAST(order_ts AS DATE) AS day,
  city,
  count(DISTINCT order_id) AS orders,
  sum(amount) AS revenue
FROM silver.order_items
GROUP BY CAST(order_ts AS DATE), city;

CREATE OR REFRESH MATERIALIZED VIEW gold.best_products
COMMENT 'What sells best'
AS SELECT
  product,
  sum(quantity) AS quantity,
  sum(amount) AS revenue
FROM silver.order_items
GROUP BY product;
