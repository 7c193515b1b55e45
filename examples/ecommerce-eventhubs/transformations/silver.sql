-- Each order once, the first that came; missing prices and quantities filled, types settled, what is no
-- sale left out, and the amount worked out.
CREATE OR REFRESH MATERIALIZED VIEW silver.ecommerce_orders (
  CONSTRAINT has_order_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW,
  CONSTRAINT positive_quantity EXPECT (quantity > 0) ON VIOLATION DROP ROW
)
AS SELECT order_id, o.ordered_at, o.category, o.location, o.price, o.quantity,
  CAST(o.price * o.quantity AS DECIMAL(12,2)) AS amount,
  o.price * o.quantity >= 200 AS is_large_order
FROM (
  SELECT order_id, min_by(named_struct(
      'ordered_at', to_timestamp(timestamp), 'category', lower(trim(category)), 'location', location,
      'price', coalesce(CAST(price AS DECIMAL(10,2)), 0.00), 'quantity', coalesce(quantity, 1)), offset) AS o
  FROM bronze.ecommerce_orders
  WHERE category IS NOT NULL AND location IS NOT NULL
  GROUP BY order_id)
WHERE order_id IS NOT NULL;
