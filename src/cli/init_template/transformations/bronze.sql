-- Bronze keeps every line as it came, with the file and the line it came from.
-- `line` is Oresmith's own: Databricks' _metadata has no file_line.
CREATE OR REFRESH STREAMING TABLE bronze.orders_raw
COMMENT 'Orders as they came: one row per line'
AS SELECT
  value,
  _metadata.file_name AS source_file,
  _metadata.file_line AS line,
  current_timestamp() AS ingest_ts
FROM STREAM read_files('${shop.input}', format => 'text');
