#!/usr/bin/env bash
# The example, from one topic to tables and to another topic. A broker of its own is started (tools/setup-kafka
# fetches it), unless KAFKA_SERVERS names one that has the topics retail-data-new and processed_orders.
#
#   examples/retail-kafka/demo.sh [FOLDER]       oresmith from the PATH
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$root/build/demo/retail-kafka}

if [ -z "${KAFKA_SERVERS:-}" ]; then
  exec "$root/tests/kafka/broker.py" --topic retail-data-new:3 --topic processed_orders:3 "$0" "$work"
fi

say() { printf '\n== %s\n' "$*"; }
rm -rf "$work"
mkdir -p "$work"
cp -R "$root/examples/retail-kafka/spark-pipeline.yml" "$root/examples/retail-kafka/transformations" "$work/"

say "1. Orders go to the topic retail-data-new, keyed by customer_id."
oresmith produce retail --to "kafka://$KAFKA_SERVERS/retail-data-new" --key customer_id --count "${ORDERS:-10000}"

say "2. The pipeline takes what is there, and ends."
oresmith run "$work"

say "3. Revenue per city; the topic, as the batch consumer sees it; Chicago's orders in processed_orders."
oresmith query "$work" "SELECT * FROM gold.revenue_per_city ORDER BY revenue DESC LIMIT 5"
oresmith query "$work" "SELECT * FROM gold.messages_per_partition ORDER BY partition"
oresmith peek "kafka://$KAFKA_SERVERS/processed_orders" --option isolation.level=read_committed --count 3
