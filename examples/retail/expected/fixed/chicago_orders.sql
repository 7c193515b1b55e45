SELECT order_id, order_ts, customer_id, customer_fname, customer_lname, order_item_id, product_id, quantity, price, subtotal
FROM gold.chicago_orders
ORDER BY order_id, order_item_id
