#!/usr/bin/env bash
# The example against a broker with the login of Event Hubs: SASL_SSL and PLAIN. A broker of its own is
# started (tools/setup-kafka fetches it), unless KAFKA_SASL_SSL_SERVERS names one, with KAFKA_USER,
# KAFKA_PASSWORD and KAFKA_CA beside it.
#
#   examples/ecommerce-eventhubs/demo.sh [FOLDER]       oresmith from the PATH
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$root/build/demo/ecommerce-eventhubs}

if [ -z "${KAFKA_SASL_SSL_SERVERS:-}" ]; then
  exec "$root/tests/kafka/broker.py" --topic ecommerce-orders:2 "$0" "$work"
fi
export KAFKA_CA=${KAFKA_CA:-$KAFKA_CERTIFICATES/ca.pem}

say() { printf '\n== %s\n' "$*"; }
rm -rf "$work"
mkdir -p "$work"
cp -R "$root/examples/ecommerce-eventhubs/spark-pipeline.yml" "$root/examples/ecommerce-eventhubs/transformations" "$work/"

# A file, and not arguments: those can be seen by everybody on the machine.
(umask 077 && cat >"$work/client.properties" <<END
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.username=$KAFKA_USER
sasl.password=$KAFKA_PASSWORD
ssl.ca.location=$KAFKA_CA
END
)

say "1. Orders go to the topic ecommerce-orders."
oresmith produce ecommerce --to "kafka://$KAFKA_SASL_SSL_SERVERS/ecommerce-orders" --key order_id \
  --count "${ORDERS:-10000}" --config "$work/client.properties"

say "2. The pipeline takes what is there, and ends."
oresmith run "$work"

say "3. Sales per category."
oresmith query "$work" "SELECT * FROM gold.sales_per_category ORDER BY revenue DESC"
