SELECT substring(source_file, -10) AS file, line, length(value) AS length
FROM bronze.orders_raw
ORDER BY file, line
