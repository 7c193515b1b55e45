#pragma once

// Plans built by hand, and queries run to their rows, for the tests of this folder.

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "columnar/batch.h"
#include "engine/engine.h"
#include "sql/functions.h"
#include "sql/plan.h"
#include "types/type.h"

namespace oresmith::engine {

using sql::Attribute;
using sql::BoundExpr;
using sql::BoundPtr;
using sql::ColumnId;
using sql::Operator;
using sql::OperatorPtr;
using types::Type;
using types::TypeId;

inline BoundPtr Make(Type type, decltype(BoundExpr::node) node) {
  auto expr = std::make_unique<BoundExpr>();
  expr->type = std::move(type);
  expr->node = std::move(node);
  return expr;
}
inline BoundPtr ColumnOf(const Attribute& column) {
  return Make(column.type, sql::BoundColumn{column.id});
}
inline BoundPtr IntOf(int64_t value) { return Make(Type(TypeId::kInt), sql::BoundLiteral{value}); }
inline BoundPtr TextOf(std::string value) {
  return Make(Type(TypeId::kString), sql::BoundLiteral{std::move(value)});
}
inline BoundPtr CastOf(BoundPtr operand, Type to, sql::CastMode mode) {
  return Make(std::move(to), sql::BoundCast{std::move(operand), mode});
}
inline BoundPtr FieldOf(BoundPtr base, int index) {
  const types::Field field = base->type.fields()[static_cast<size_t>(index)];
  return Make(field.type, sql::BoundField{std::move(base), index, field.name});
}
inline BoundPtr CallOf(const sql::FunctionEntry* function, Type type, std::vector<BoundPtr> args) {
  return Make(std::move(type), sql::BoundCall{function, std::move(args)});
}

/// Numbers the columns and scans of one plan.
class PlanBuilder {
 public:
  Attribute Column(std::string name, Type type) {
    return Attribute{.id = ColumnId{next_id_++}, .name = std::move(name), .type = std::move(type)};
  }

  OperatorPtr Scan(const types::Schema& schema) {
    sql::Scan scan{
        .index = scans_++, .name = "input", .source = "input", .stream = false, .columns = {}};
    auto op = std::make_unique<Operator>();
    for (size_t i = 0; i < schema.size(); ++i) {
      scan.columns.push_back(static_cast<int>(i));
      op->output.push_back(Column(schema[i].name, schema[i].type));
      op->output.back().hidden = schema[i].name == "__origin";
    }
    op->node = std::move(scan);
    return op;
  }

  OperatorPtr NoRowSource() {
    auto op = std::make_unique<Operator>();
    sql::Values values;
    values.rows.emplace_back();
    op->node = std::move(values);
    return op;
  }

  OperatorPtr Project(OperatorPtr input, std::vector<BoundPtr> exprs,
                      std::vector<std::string> names = {}) {
    sql::Project project;
    auto op = std::make_unique<Operator>();
    for (size_t i = 0; i < exprs.size(); ++i) {
      const std::string name = i < names.size() ? names[i] : "c" + std::to_string(i);
      op->output.push_back(Column(name, exprs[i]->type));
      project.items.push_back(sql::NamedExpr{op->output.back(), std::move(exprs[i])});
    }
    project.input = std::move(input);
    op->node = std::move(project);
    return op;
  }

  OperatorPtr Filter(OperatorPtr input, BoundPtr condition) {
    auto op = std::make_unique<Operator>();
    op->output = input->output;
    op->node = sql::Filter{std::move(input), std::move(condition)};
    return op;
  }

  OperatorPtr Generate(OperatorPtr input, const sql::FunctionEntry* function, BoundPtr arg,
                       std::vector<Attribute> columns, bool outer) {
    auto op = std::make_unique<Operator>();
    op->output = input->output;
    op->output.insert(op->output.end(), columns.begin(), columns.end());
    sql::Generate generate;
    generate.input = std::move(input);
    generate.function = function;
    generate.args.push_back(std::move(arg));
    generate.outer = outer;
    generate.columns = std::move(columns);
    op->node = std::move(generate);
    return op;
  }

  sql::Plan Finish(OperatorPtr root) {
    return sql::Plan{.root = std::move(root), .scan_count = scans_, .next_column_id = next_id_};
  }

 private:
  int next_id_ = 0;
  int scans_ = 0;
};

inline columnar::Batch BatchOf(const types::Schema& schema, const std::vector<std::string>& json) {
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < schema.size(); ++i) {
    auto array = arrow::json::ArrayFromJSONString(columnar::ToArrow(schema[i].type), json[i]);
    EXPECT_TRUE(array.ok()) << array.status().ToString();
    arrays.push_back(*array);
  }
  const int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(columnar::ToArrow(schema), rows, std::move(arrays));
}

inline types::Field Field(std::string name, Type type) {
  return types::Field{
      .name = std::move(name), .type = std::move(type), .nullable = true, .comment = {}};
}

struct Rows {
  types::Schema schema;
  std::shared_ptr<arrow::Table> table;
  RunReport report;
};

/// Runs a prepared query over the relations; all its rows as one table.
inline Result<Rows> RunAll(PreparedQuery& query,
                           const std::vector<const columnar::Relation*>& inputs) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  TRY(RunReport report, query.Run(inputs, RunContext{}, [&](columnar::Batch batch) -> Status {
    batches.push_back(std::const_pointer_cast<arrow::RecordBatch>(batch));
    return {};
  }));
  auto table = arrow::Table::FromRecordBatches(columnar::ToArrow(query.schema()), batches);
  EXPECT_TRUE(table.ok()) << table.status().ToString();
  auto combined = (*table)->CombineChunks();
  EXPECT_TRUE(combined.ok()) << combined.status().ToString();
  return Rows{query.schema(), *combined, std::move(report)};
}

inline std::unique_ptr<Engine> OpenEngine() {
  auto engine = Engine::Open(EngineOptions{});
  EXPECT_TRUE(engine.has_value()) << engine.error().message;
  return std::move(*engine);
}

}  // namespace oresmith::engine
