#pragma once

// Expressions and what Spark answered: spark/<name>_cases.txt and spark/<name>_answers.txt.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "sql_runner.h"

namespace oresmith::engine {

struct SparkCase {
  std::string expression;
  std::string answer;  // type, tab, value as text; or error, tab, its class
};

inline std::vector<SparkCase> ReadSparkCases(const std::string& cases_name,
                                             const std::string& answers_name) {
  const std::string folder = ORESMITH_SPARK_FOLDER;
  std::ifstream cases(folder + "/" + cases_name);
  std::ifstream answers(folder + "/" + answers_name);
  std::vector<SparkCase> all;
  SparkCase one;
  while (std::getline(cases, one.expression)) {
    if (one.expression.empty() || one.expression[0] == '#') continue;
    EXPECT_TRUE(std::getline(answers, one.answer)) << "record.py was not run again";
    all.push_back(one);
  }
  EXPECT_FALSE(all.empty()) << folder;
  return all;
}

/// Expressions, and their types and values.
inline std::vector<SparkCase> ReadSparkCases(const std::string& name) {
  return ReadSparkCases(name + "_cases.txt", name + "_answers.txt");
}

/// Queries, and their columns and rows.
inline std::vector<SparkCase> ReadSparkQueries(const std::string& name) {
  return ReadSparkCases(name + "_queries.txt", name + "_rows.txt");
}

inline std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\\\";
    else if (c == '\n')
      escaped += "\\n";
    else if (c == '\t')
      escaped += "\\t";
    else
      escaped += c;
  }
  return escaped;
}

inline std::string FailureOf(const Error& error) {
  const size_t end = error.message.find(']');
  if (error.message.starts_with("[") && end != std::string::npos && end > 1) {
    return "error\t" + error.message.substr(1, end - 1);
  }
  // Before anything runs, with a place or a name. A note has DuckDB's SQL: a translation that it
  // does not take.
  const bool refused = error.kind != ErrorKind::kBadRecord && error.kind != ErrorKind::kCorrupt &&
                       error.note.find("translated to") == std::string::npos;
  return (refused ? "refused\t" : "error\t") + error.message + error.note;
}

/// The answer of our engine, in the form of the recorded ones, or `refused`, tab, the message.
inline std::string AnswerOf(Engine& engine, TestCatalog& catalog, const std::string& expression) {
  const auto rows = RunSql(engine, catalog,
                           fmt::format("SELECT {0} AS v, CAST(({0}) AS STRING) AS s", expression));
  if (!rows) return FailureOf(rows.error());
  const std::string type = rows->schema.front().type.ToSimpleString();
  const auto value = *rows->table->column(1)->GetScalar(0);
  return type + "\t" + (value->is_valid ? Escaped(value->ToString()) : "NULL");
}

/// The same for a query.
inline std::string RowsOf(Engine& engine, TestCatalog& catalog, const std::string& query) {
  const auto plain = RunSql(engine, catalog, query);
  if (!plain) return FailureOf(plain.error());
  std::string answer;
  for (const types::Field& column : plain->schema) {
    answer += fmt::format("{}{} {}{}", answer.empty() ? "" : ", ", Escaped(column.name),
                          column.type.ToSimpleString(), column.nullable ? "" : "!");
  }
  answer += "\t";
  const auto texts = RunSql(
      engine, catalog, fmt::format("SELECT CAST(struct(*) AS STRING) AS s FROM ({}) q", query));
  if (!texts) return FailureOf(texts.error());
  std::vector<std::string> rows;
  for (int64_t row = 0; row < texts->table->num_rows(); ++row) {
    rows.push_back(Escaped((*texts->table->column(0)->GetScalar(row))->ToString()));
  }
  std::sort(rows.begin(), rows.end());
  return answer + fmt::format("{}", fmt::join(rows, "\t"));
}

}  // namespace oresmith::engine
