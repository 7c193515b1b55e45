-- Chicago's orders go back to Kafka, each once.
CREATE SINK gold.processed_orders USING kafka
OPTIONS ('bootstrapServers' = '${env:KAFKA_SERVERS}', 'topic' = 'processed_orders');

CREATE FLOW publish_chicago AS INSERT INTO gold.processed_orders BY NAME
SELECT key, value FROM STREAM bronze.retail_raw
WHERE from_json(value, 'city STRING').city = 'Chicago';
