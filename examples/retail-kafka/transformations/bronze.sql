-- The topic as it is: key and value as text, and where each message stood.
CREATE OR REFRESH STREAMING TABLE bronze.retail_raw
AS SELECT key::string AS key, value::string AS value, topic, partition, offset, timestamp, timestampType
FROM STREAM read_kafka(
  bootstrapServers => '${env:KAFKA_SERVERS}',
  subscribe => 'retail-data-new',
  startingTimestamp => 1,
  startingOffsetsByTimestampStrategy => 'latest',
  maxOffsetsPerTrigger => 5000);
