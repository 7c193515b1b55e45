SELECT order_id, order_item_id, product_id, quantity, price, subtotal,
  customer_id, customer_fname, customer_lname, city, state, pincode, order_ts
FROM silver.order_items
ORDER BY order_id, order_item_id
