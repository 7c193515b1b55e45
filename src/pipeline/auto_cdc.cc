#include "pipeline/auto_cdc.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace oresmith::pipeline {
namespace {

constexpr const char* kSequence = "__cdc_sequence";
constexpr const char* kDelete = "__cdc_delete";
constexpr const char* kTruncate = "__cdc_truncate";
constexpr const char* kSuffix = "__cdc";

template <class Node>
sql::ExprPtr Make(sql::Span span, Node node) {
  auto expr = std::make_unique<sql::Expr>();
  expr->span = span;
  expr->node = std::move(node);
  return expr;
}

sql::SelectItem Named(sql::ExprPtr expr, const char* name) {
  sql::SelectItem item;
  const sql::Span span = expr->span;
  item.expr = std::move(expr);
  item.aliases.push_back({.text = name, .quoted = false, .span = span});
  return item;
}

/// A condition that is not TRUE does not apply.
sql::ExprPtr OrFalse(sql::ExprPtr condition, sql::Span span) {
  sql::ExprPtr no = Make(span, sql::BooleanLiteral{false});
  if (condition == nullptr) return no;
  const sql::Span at = condition->span;
  sql::FunctionCall call;
  call.name.push_back({.text = "coalesce", .quoted = false, .span = at});
  call.args.push_back(std::move(condition));
  call.args.push_back(std::move(no));
  return Make(at, std::move(call));
}

/// SELECT *, <sequence> AS __cdc_sequence, <delete> AS __cdc_delete, ... FROM <source>
sql::Query ChangesQuery(sql::AutoCdc& cdc, sql::Span span) {
  sql::Select select;
  select.items.emplace_back();
  select.items.back().expr = Make(span, sql::Star{});
  select.items.push_back(Named(std::move(cdc.sequence_by), kSequence));
  select.items.push_back(Named(OrFalse(std::move(cdc.delete_when), span), kDelete));
  if (cdc.truncate_when != nullptr) {
    select.items.push_back(Named(OrFalse(std::move(cdc.truncate_when), span), kTruncate));
  }
  select.from.push_back(std::move(cdc.source));
  sql::Query query;
  query.span = span;
  query.body = std::move(select);
  return query;
}

/// A change without key or sequence cannot be applied: it goes to the quarantine.
sql::Expectation MustHave(std::string rule, sql::QualifiedName column, sql::Span span) {
  sql::IsTest test;
  test.operand = Make(span, sql::NameRef{std::move(column)});
  test.what = "NULL";
  test.negated = true;
  sql::Expectation expectation;
  expectation.name = {.text = std::move(rule), .quoted = true, .span = span};
  expectation.condition = Make(span, std::move(test));
  expectation.on_violation = sql::OnViolation::kDropRow;
  expectation.span = span;
  return expectation;
}

std::string Quoted(std::string_view name) {
  std::string text = "`";
  for (const char c : name) text += c == '`' ? "``" : std::string(1, c);
  return text + "`";
}

std::vector<std::string> QuotedColumns(const std::vector<sql::QualifiedName>& columns) {
  std::vector<std::string> names;
  for (const sql::QualifiedName& column : columns) names.push_back(Quoted(column.back().text));
  return names;
}

/// The SELECT that makes the table from its changes.
class TargetQuery {
 public:
  TargetQuery(const sql::AutoCdc& cdc, bool truncates, std::string changes)
      : cdc_(cdc), truncates_(truncates), changes_(std::move(changes)) {}

  std::string Text() const { return cdc_.scd_type == sql::ScdType::kType2 ? Type2() : Type1(); }

 private:
  static std::string Joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
  }
  std::string Keys() const { return Joined(QuotedColumns(cdc_.keys)); }

  /// What COLUMNS leaves of the changes, less `helpers`, and less what `further` leaves out.
  std::string Columns(std::vector<std::string> helpers,
                      const std::optional<sql::ColumnChoice>& further) const {
    if (further && !further->except) return Joined(QuotedColumns(further->columns));
    const auto left_out = further ? QuotedColumns(further->columns) : std::vector<std::string>{};
    if (cdc_.columns && !cdc_.columns->except) {
      std::vector<std::string> names = QuotedColumns(cdc_.columns->columns);
      std::erase_if(names, [&](const std::string& name) {
        return std::find(left_out.begin(), left_out.end(), name) != left_out.end();
      });
      return Joined(names);
    }
    helpers.insert(helpers.end(), {kSequence, kDelete});
    if (truncates_) helpers.emplace_back(kTruncate);
    if (cdc_.columns) {
      for (std::string& name : QuotedColumns(cdc_.columns->columns)) {
        helpers.push_back(std::move(name));
      }
    }
    helpers.insert(helpers.end(), left_out.begin(), left_out.end());
    return fmt::format("* EXCEPT ({})", Joined(helpers));
  }

  /// The newest change of each key, unless it is a deletion.
  std::string Type1() const {
    std::string newest;
    if (truncates_) {
      newest = fmt::format(
          " WHERE __cdc_sequence > (SELECT max(__cdc_sequence) FROM {0} WHERE __cdc_truncate) OR "
          "NOT EXISTS (SELECT 1 FROM {0} WHERE __cdc_truncate)",
          changes_);
    }
    return fmt::format(
        "SELECT {}\nFROM (SELECT *, row_number() OVER (PARTITION BY {} ORDER BY __cdc_sequence "
        "DESC) AS __cdc_row\n      FROM {}{})\nWHERE __cdc_row = 1 AND NOT __cdc_delete",
        Columns({"__cdc_row"}, std::nullopt), Keys(), changes_, newest);
  }

  /// Changes of a key in their order; those that change nothing that is tracked belong to the run
  /// before. Each run that is no deletion is a row, and lasts until the next run.
  std::string Type2() const {
    const std::string keys = Keys();
    return fmt::format(
        R"sql(WITH
changes AS (
  SELECT *, struct({tracked}) AS __cdc_values FROM {changes}),
marked AS (
  SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY __cdc_sequence) = 1
      OR __cdc_delete
      OR lag(__cdc_delete) OVER (PARTITION BY {keys} ORDER BY __cdc_sequence)
      OR NOT __cdc_values <=> lag(__cdc_values) OVER (PARTITION BY {keys} ORDER BY __cdc_sequence)
      AS __cdc_new
  FROM changes),
numbered AS (
  SELECT *, count_if(__cdc_new) OVER (PARTITION BY {keys} ORDER BY __cdc_sequence) AS __cdc_run
  FROM marked),
runs AS (
  SELECT *, min(__cdc_sequence) OVER (PARTITION BY {keys}, __cdc_run) AS __START_AT,
      row_number() OVER (PARTITION BY {keys}, __cdc_run ORDER BY __cdc_sequence DESC) AS __cdc_row
  FROM numbered),
lasts AS (
  SELECT *, lead(__START_AT) OVER (PARTITION BY {keys} ORDER BY __cdc_sequence) AS __END_AT
  FROM runs WHERE __cdc_row = 1)
SELECT {columns}
FROM lasts WHERE NOT __cdc_delete)sql",
        fmt::arg("tracked", Columns({}, cdc_.track_history)), fmt::arg("changes", changes_),
        fmt::arg("keys", keys), fmt::arg("columns", Type2Columns()));
  }

  std::string Type2Columns() const {
    std::string columns =
        Columns({"__cdc_values", "__cdc_new", "__cdc_run", "__cdc_row"}, std::nullopt);
    if (!columns.starts_with('*')) columns += ", __START_AT, __END_AT";
    return columns;
  }

  const sql::AutoCdc& cdc_;
  bool truncates_;
  std::string changes_;
};

Status CheckSupported(const sql::AutoCdc& cdc, const FlowQuery& flow) {
  const auto refuse = [&](std::string_view what, std::string_view fix) {
    return Fail(MakeError(ErrorKind::kUnsupported, "flow {}: {}", flow.name, what)
                    .At(flow.source->Place(flow.span))
                    .WithFix(std::string(fix)));
  };
  if (cdc.ignore_null_updates) {
    return refuse("IGNORE NULL UPDATES is not run yet", "fill the NULLs in the source's query");
  }
  if (cdc.truncate_when != nullptr && cdc.scd_type == sql::ScdType::kType2) {
    return refuse("APPLY AS TRUNCATE WHEN does not go with SCD TYPE 2", "write SCD TYPE 1");
  }
  return {};
}

}  // namespace

Status AddAutoCdc(sql::AutoCdc cdc, FlowQuery flow, Dataset& target, Definition& definition) {
  TRY_DO(CheckSupported(cdc, flow));
  TableName name = target.name;
  name.table += kSuffix;
  const bool truncates = cdc.truncate_when != nullptr;

  sql::CreateDataset& changes = definition.generated_datasets.emplace_back();
  changes.kind = sql::DatasetKind::kStreamingTable;
  for (const std::string& part : {name.catalog, name.schema, name.table}) {
    changes.name.push_back({.text = part, .quoted = true, .span = flow.span});
  }
  changes.comment = fmt::format("The changes that AUTO CDC applies to {}", target.display);
  for (const sql::QualifiedName& key : cdc.keys) {
    const sql::Span at{key.front().span.begin, key.back().span.end};
    changes.expectations.push_back(MustHave(fmt::format("{} is a key", key.back().text), key, at));
  }
  const sql::Span at = cdc.sequence_by->span;
  changes.expectations.push_back(MustHave("the changes are in a sequence",
                                          {{.text = kSequence, .quoted = false, .span = at}}, at));
  const sql::Query& query = definition.generated_queries.emplace_back(ChangesQuery(cdc, flow.span));

  const std::string table =
      fmt::format("{}.{}.{}", Quoted(name.catalog), Quoted(name.schema), Quoted(name.table));
  auto parsed =
      sql::ParseFile(fmt::format("{} (AUTO CDC INTO {})", flow.source->file(), target.display),
                     "CREATE MATERIALIZED VIEW x AS\n" + TargetQuery(cdc, truncates, table).Text());
  if (!parsed) return Fail(std::move(parsed).error().front());
  const sql::ParsedFile& file = definition.generated_files.emplace_back(std::move(*parsed));
  target.flows.push_back(
      {.name = target.name.table,
       .query = std::get<sql::CreateDataset>(file.statements[0].node).query.get(),
       .source = file.source,
       .span = {}});
  target.kind = sql::DatasetKind::kMaterializedView;
  target.applies_changes = true;

  Dataset dataset{.name = name,
                  .display = name.Display(definition.config),
                  .kind = changes.kind,
                  .declaration = &changes,
                  .source = flow.source,
                  .span = flow.span,
                  .flows = {},
                  .inputs = {}};
  flow.query = &query;
  dataset.flows.push_back(std::move(flow));
  const auto [existing, inserted] = definition.datasets.emplace(name.Key(), std::move(dataset));
  if (inserted) return {};
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "flow into {}: the name {} is taken, where the changes are kept",
                        target.display, existing->second.display)
                  .At(existing->second.source->Place(existing->second.span))
                  .WithFix("give that dataset another name"));
}

}  // namespace oresmith::pipeline
