#!/usr/bin/env bash
# The example, live: orders land in a folder while the pipeline runs. Everything happens in a fresh copy
# of this folder, so it can be run again and again. About half a minute.
#
#   examples/retail/demo.sh            oresmith from the PATH; what `make demo` calls
set -euo pipefail
cd "$(dirname "$0")/../.."
work=build/demo/retail
orders=30000 rate=2000 sample=29

program=$(command -v oresmith) || { echo "demo: oresmith is not on the PATH: run make demo" >&2; exit 1; }
program=${program#"$PWD/"}

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n== %s\n' "$*"; }
ask() { "$program" query "$work" "$@"; }

rm -rf "$work"
mkdir -p "$work"
cp -R examples/retail/spark-pipeline.yml examples/retail/transformations examples/retail/input "$work/"

say "1. The $sample orders of the published sample. Each spells line_items as line_iems: see the warnings."
"$program" run "$work"

say "2. $orders more orders land in $work/input/live, $rate a second, while the pipeline runs."
"$program" run "$work" --continuous &
run=$!
trap 'kill -TERM $run 2>/dev/null || true' EXIT
"$program" produce retail --to "$work/input/live" --count $orders --rate $rate >"$work/produce.log"

lines() { ask "SELECT count(*) FROM bronze.orders_raw" --format csv | tr -d '\r' | tail -n 1; }
for _ in $(seq 120); do
  kill -0 $run 2>/dev/null || break # the run failed: it says why, and wait below ends the demo
  [ "$(lines)" = $((sample + orders)) ] && break
  sleep 0.5
done
kill -INT $run 2>/dev/null || true # as Ctrl-C does
wait $run
trap - EXIT

say "3. Ctrl-C ended it after the epoch under way. Another run takes up what that left, and finds all the rest done."
"$program" run "$work"

say "4. Gold: the best hours of the cities"
ask "SELECT city, state, hour, orders, items, revenue FROM gold.revenue_per_city_hour
     ORDER BY revenue DESC, city, hour LIMIT 10"
say "The best products"
ask "SELECT product_id, orders, items, revenue FROM gold.totals_per_product
     ORDER BY revenue DESC, product_id LIMIT 10"
say "The latest orders of Chicago"
ask "SELECT order_id, order_ts, customer_fname, customer_lname, product_id, quantity, subtotal
     FROM gold.chicago_orders ORDER BY order_ts DESC, order_id, order_item_id LIMIT 5"
say "What was not let in, and why"
ask "SELECT kind, reason, count(*) AS records FROM silver.order_items__quarantine
     GROUP BY kind, reason ORDER BY records DESC, kind, reason LIMIT 10"

say "The tables: Delta, below $work/lakehouse"
"$program" tables "$work"
cat <<END

Ask them yourself:
  $program query $work "SELECT * FROM gold.totals_per_product LIMIT 5"
  $program query $work "SELECT file, line, reason, raw FROM silver.order_items__quarantine LIMIT 5"
The pipeline is $work/transformations/*.sql; its story is examples/retail/README.md.
END
