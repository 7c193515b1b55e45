#pragma once

// Expressions and what Spark answered: spark/<name>_cases.txt and spark/<name>_answers.txt.

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <vector>

#include "sql_runner.h"

namespace oresmith::engine {

struct SparkCase {
  std::string expression;
  std::string answer;  // type, tab, value as text; or error, tab, its class
};

inline std::vector<SparkCase> ReadSparkCases(const std::string& name) {
  const std::string folder = ORESMITH_SPARK_FOLDER;
  std::ifstream cases(folder + "/" + name + "_cases.txt");
  std::ifstream answers(folder + "/" + name + "_answers.txt");
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

/// The answer of our engine, in the form of the recorded ones, or `refused`, tab, the message.
inline std::string AnswerOf(Engine& engine, TestCatalog& catalog, const std::string& expression) {
  const auto failed = [](const Error& error) {
    const size_t end = error.message.find(']');
    if (error.message.starts_with("[") && end != std::string::npos && end > 1) {
      return "error\t" + error.message.substr(1, end - 1);
    }
    // Before anything runs, with a place or a name. A note has DuckDB's SQL: a translation that it
    // does not take.
    const bool refused = error.kind != ErrorKind::kBadRecord && error.kind != ErrorKind::kCorrupt &&
                         error.note.find("translated to") == std::string::npos;
    return (refused ? "refused\t" : "error\t") + error.message + error.note;
  };
  const auto rows = RunSql(engine, catalog,
                           fmt::format("SELECT {0} AS v, CAST(({0}) AS STRING) AS s", expression));
  if (!rows) return failed(rows.error());
  const std::string type = rows->schema.front().type.ToSimpleString();
  const auto value = *rows->table->column(1)->GetScalar(0);
  return type + "\t" + (value->is_valid ? Escaped(value->ToString()) : "NULL");
}

}  // namespace oresmith::engine
