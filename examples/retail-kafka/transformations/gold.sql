CREATE OR REFRESH MATERIALIZED VIEW gold.revenue_per_city
AS SELECT city, count(DISTINCT order_id) AS orders, sum(subtotal) AS revenue
FROM silver.order_items GROUP BY city;

-- The batch consumer: all of the topic, at each update.
CREATE OR REFRESH MATERIALIZED VIEW gold.messages_per_partition
AS SELECT topic, partition, count(*) AS messages, min(offset) AS first_offset, max(offset) AS last_offset
FROM read_kafka(bootstrapServers => '${env:KAFKA_SERVERS}', subscribe => 'retail-data-new')
GROUP BY topic, partition;
