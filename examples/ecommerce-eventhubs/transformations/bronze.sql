-- Binary to text to JSON, by a given schema: all fields are text or numbers as the producer writes them.
CREATE OR REFRESH STREAMING TABLE bronze.ecommerce_orders
AS SELECT o.*, topic, partition, offset, timestamp AS enqueued_at
FROM (
  SELECT from_json(value::string, 'order_id STRING, timestamp STRING, category STRING, location STRING,
      price DOUBLE, quantity INT') AS o, topic, partition, offset, timestamp
  FROM STREAM read_kafka(
    bootstrapServers => '${env:KAFKA_SASL_SSL_SERVERS}',
    subscribe => 'ecommerce-orders',
    startingOffsets => 'earliest',
    `kafka.security.protocol` => 'SASL_SSL',
    `kafka.sasl.mechanism` => 'PLAIN',
    `kafka.sasl.jaas.config` => 'kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule required username="${env:KAFKA_USER}" password="${env:KAFKA_PASSWORD}";',
    `kafka.ssl.ca.location` => '${env:KAFKA_CA}'));
