-- Every order that the tables send, as it came.
CREATE OR REFRESH STREAMING TABLE kafka_raw_bronze
COMMENT 'Messages of the topic restaurant-sales'
AS SELECT key::string AS key, value::string AS value, topic, partition, offset, timestamp
FROM STREAM read_kafka(
  bootstrapServers => '${env:KAFKA_SSL_SERVERS}',
  subscribe => 'restaurant-sales',
  startingOffsets => 'earliest',
  failOnDataLoss => false,
  `kafka.security.protocol` => 'SSL',
  `kafka.ssl.ca.location` => '${env:KAFKA_CERTIFICATES}/ca.pem',
  `kafka.ssl.certificate.location` => '${env:KAFKA_CERTIFICATES}/service.cert',
  `kafka.ssl.key.location` => '${env:KAFKA_CERTIFICATES}/service.key',
  `kafka.ssl.endpoint.identification.algorithm` => '');
