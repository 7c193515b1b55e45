-- Bronze: every line as it came, and where it came from. Nothing is parsed, so nothing can be lost.
-- `line` is Oresmith's own: Databricks' _metadata has no file_line (docs/reference/sql.md).
CREATE OR REFRESH STREAMING TABLE bronze.orders_raw
COMMENT 'Orders as they came: one row per line of a file'
AS SELECT
  value,
  _metadata.file_path AS source_file,
  _metadata.file_line AS line,
  current_timestamp() AS ingest_ts
FROM STREAM read_files('${retail.input}', format => 'text');
