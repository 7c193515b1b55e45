#!/usr/bin/env bash
# The example, live: orders go to a topic over TLS while the pipeline runs. A broker of its own is started
# (tools/setup-kafka fetches it), unless KAFKA_SSL_SERVERS and KAFKA_CERTIFICATES name one whose topic
# restaurant-sales is there. Everything else happens in a fresh copy of this folder.
#
#   examples/restaurant/demo.sh [FOLDER]       oresmith from the PATH
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$root/build/demo/restaurant}
orders=${ORDERS:-2000}

if [ -z "${KAFKA_SSL_SERVERS:-}" ]; then
  exec "$root/tests/kafka/broker.py" --topic restaurant-sales:2 "$0" "$work"
fi

say() { printf '\n== %s\n' "$*"; }
rm -rf "$work"
mkdir -p "$work"
cp -R "$root/examples/restaurant/spark-pipeline.yml" "$root/examples/restaurant/transformations" "$work/"

say "1. The pipeline runs; $orders orders go to the topic restaurant-sales."
oresmith run "$work" --continuous &
run=$!
trap 'kill -TERM $run 2>/dev/null || true' EXIT
oresmith produce restaurant --to "kafka://$KAFKA_SSL_SERVERS/restaurant-sales" --key table_id --count "$orders" \
  --option security.protocol=SSL --option "ssl.ca.location=$KAFKA_CERTIFICATES/ca.pem" \
  --option "ssl.certificate.location=$KAFKA_CERTIFICATES/service.cert" \
  --option "ssl.key.location=$KAFKA_CERTIFICATES/service.key"

lines() {
  oresmith query "$work" "SELECT count(*) FROM kafka_raw_bronze" --format csv 2>/dev/null |
    tr -d '\r' | tail -n 1
}
for _ in $(seq 240); do
  kill -0 $run 2>/dev/null || break # the run failed: it says why, and wait below ends the demo
  [ "$(lines)" = "$orders" ] && break
  sleep 0.5
done
kill -INT $run 2>/dev/null || true # as Ctrl-C does
wait $run
trap - EXIT

say "2. What the dashboard asks."
oresmith query "$work" "SELECT timestamp_standard, payment_mode, amount, Masala_Dosa_Q, Coffee_Q
  FROM restaurant_sales.sales_transformed_mv ORDER BY timestamp_standard DESC LIMIT 10"
oresmith query "$work" "SELECT payment_mode, count(*) AS orders, sum(amount) AS revenue
  FROM restaurant_sales.sales_transformed_mv GROUP BY payment_mode ORDER BY revenue DESC"
