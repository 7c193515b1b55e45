CREATE OR REFRESH MATERIALIZED VIEW gold.sales_per_category
AS SELECT category, count(*) AS orders, sum(quantity) AS items, sum(amount) AS revenue,
  count_if(is_large_order) AS large_orders
FROM silver.ecommerce_orders GROUP BY category;

CREATE OR REFRESH MATERIALIZED VIEW gold.sales_per_location_day
AS SELECT location, CAST(ordered_at AS DATE) AS day, count(*) AS orders, sum(amount) AS revenue
FROM silver.ecommerce_orders GROUP BY location, CAST(ordered_at AS DATE);
