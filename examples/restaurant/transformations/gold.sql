-- One row an order, two columns a dish of the menu: how many (Q), and at which price (P).
CREATE OR REFRESH MATERIALIZED VIEW sales_transformed_mv (
  CONSTRAINT valid_order_id EXPECT (order_id IS NOT NULL) ON VIOLATION DROP ROW
)
AS SELECT order_id, table_id, customer_per_order, payment_mode,
  aggregate(transform(filter(items, i -> i.name = 'Masala Dosa'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Masala_Dosa_Q,
  coalesce(get(filter(items, i -> i.name = 'Masala Dosa'), 0).price, 70) AS Masala_Dosa_P,
  aggregate(transform(filter(items, i -> i.name = 'Idli'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Idli_Q,
  coalesce(get(filter(items, i -> i.name = 'Idli'), 0).price, 40) AS Idli_P,
  aggregate(transform(filter(items, i -> i.name = 'Idli Vada'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Idli_Vada_Q,
  coalesce(get(filter(items, i -> i.name = 'Idli Vada'), 0).price, 70) AS Idli_Vada_P,
  aggregate(transform(filter(items, i -> i.name = 'Poori'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Poori_Q,
  coalesce(get(filter(items, i -> i.name = 'Poori'), 0).price, 50) AS Poori_P,
  aggregate(transform(filter(items, i -> i.name = 'Chapati'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Chapati_Q,
  coalesce(get(filter(items, i -> i.name = 'Chapati'), 0).price, 50) AS Chapati_P,
  aggregate(transform(filter(items, i -> i.name = 'Plain Dosa'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Plain_Dosa_Q,
  coalesce(get(filter(items, i -> i.name = 'Plain Dosa'), 0).price, 50) AS Plain_Dosa_P,
  aggregate(transform(filter(items, i -> i.name = 'Tea'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Tea_Q,
  coalesce(get(filter(items, i -> i.name = 'Tea'), 0).price, 10) AS Tea_P,
  aggregate(transform(filter(items, i -> i.name = 'Coffee'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Coffee_Q,
  coalesce(get(filter(items, i -> i.name = 'Coffee'), 0).price, 15) AS Coffee_P,
  aggregate(transform(filter(items, i -> i.name = 'Cold Drink'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Cold_Drink_Q,
  coalesce(get(filter(items, i -> i.name = 'Cold Drink'), 0).price, 20) AS Cold_Drink_P,
  aggregate(transform(filter(items, i -> i.name = 'Lassi'), i -> i.quantity), 0, (sum, q) -> sum + q) AS Lassi_Q,
  coalesce(get(filter(items, i -> i.name = 'Lassi'), 0).price, 25) AS Lassi_P,
  amount,
  from_unixtime(timestamp) AS timestamp_standard
FROM sales_raw_delta;
