#include "bind_support.h"

#include <fmt/format.h>

namespace oresmith::sql {
namespace {

Result<Plan> Bind(std::string_view sql, Catalog& catalog) {
  auto parsed = ParseQuery("query", std::string(sql));
  if (!parsed) return Fail(std::move(parsed).error().front());
  const auto& statement = std::get<QueryStatement>(parsed->statements[0].node);
  return BindQuery(*statement.query, *parsed->source, catalog, BindOptions{});
}

}  // namespace

FakeCatalog ShopCatalog() {
  FakeCatalog catalog;
  catalog.AddTable("orders",
                   "order_id BIGINT NOT NULL, customer_id INT, city STRING, amount DECIMAL(10,2), "
                   "quantity INT, ordered_at TIMESTAMP, day DATE, paid BOOLEAN");
  catalog.AddTable("customers", "customer_id INT NOT NULL, name STRING, city STRING");
  catalog.AddTable("events",
                   "id BIGINT, kind STRING, items ARRAY<STRUCT<sku: STRING, price: DOUBLE>>, "
                   "tags MAP<STRING, STRING>, place STRUCT<lat: DOUBLE, lon: DOUBLE>, "
                   "numbers ARRAY<INT>");
  catalog.AddFiles("files", "value STRING, n INT");
  catalog.AddFiles("read_files", "value STRING, n INT");
  catalog.AddTable("types",
                   "bo BOOLEAN, ti TINYINT, si SMALLINT, i INT, bi BIGINT, f FLOAT, d DOUBLE, "
                   "de DECIMAL(10,2), de38 DECIMAL(38,10), s STRING, b BINARY, dt DATE, "
                   "ts TIMESTAMP, ntz TIMESTAMP_NTZ, ai ARRAY<INT>, as_ ARRAY<STRING>, "
                   "m MAP<STRING, INT>, st STRUCT<a: INT, b: STRING>");
  return catalog;
}

std::string BindError(const Error& error) {
  std::string text =
      error.place ? fmt::format("{}:{} ", error.place->line, error.place->column) : "";
  text += error.message;
  if (!error.fix.empty()) text += fmt::format(" [{}]", error.fix);
  return text;
}

std::string PlanOf(std::string_view sql) {
  FakeCatalog catalog = ShopCatalog();
  const auto plan = Bind(sql, catalog);
  return plan ? ToText(*plan) : BindError(plan.error());
}

std::string SchemaOf(std::string_view sql) {
  FakeCatalog catalog = ShopCatalog();
  const auto plan = Bind(sql, catalog);
  if (!plan) return BindError(plan.error());
  std::string text;
  for (const types::Field& field : OutputSchema(*plan)) {
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", field.name,
                        field.type.ToSimpleString(), field.nullable ? "" : " NOT NULL");
  }
  return text;
}

std::string TypeOf(std::string_view expression) {
  FakeCatalog catalog = ShopCatalog();
  const auto plan = Bind(fmt::format("SELECT {} AS x FROM types", expression), catalog);
  return plan ? plan->root->output[0].type.ToSimpleString() : BindError(plan.error());
}

}  // namespace oresmith::sql
