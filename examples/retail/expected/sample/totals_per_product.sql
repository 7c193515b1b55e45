SELECT product_id, orders, items, revenue
FROM gold.totals_per_product
ORDER BY product_id
