// Answers queries on its standard input with JSON lines, as Spark's tests print results.
//
// A request ends with a NUL byte; its first byte says what it is:
//   Q<query>                      run it
//   V<name>\x1f<columns>\x1f<query>  define a temporary view; columns by commas, or nothing
//   D<name>                       forget that view
//   X<0 or 1>                     1: binary values as hexadecimal digits, 0: as text
//   Z<zone>                       the session's time zone from now on
// An answer is one line: {"status":"ok","schema":"struct<..>","rows":["1\tx",..]}, or status
// "error" (while running) or "refused" (before), each with "kind" and "message".

#include <arrow/api.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/value_text.h"
#include "columnar/batch.h"
#include "engine/engine.h"
#include "sql/ast.h"
#include "sql/binder.h"
#include "sql/parser.h"
#include "types/type.h"

namespace oresmith::conformance {
namespace {

using types::Type;
using types::TypeId;

struct View {
  sql::ParsedFile file;
  std::vector<sql::Identifier> columns;
};

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (true) {
    const size_t end = text.find(by, start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string::npos) return parts;
    start = end + 1;
  }
}

const sql::Query& QueryOf(const sql::ParsedFile& file) {
  return *std::get<sql::QueryStatement>(file.statements.front().node).query;
}

/// Temporary views by their names; no tables.
class Views final : public sql::Catalog {
 public:
  Status Add(const std::string& name, const std::string& columns, const std::string& text) {
    auto parsed = sql::ParseQuery("view", text);
    if (!parsed) return Fail(parsed.error().front());
    View view{.file = *std::move(parsed), .columns = {}};
    if (!columns.empty()) {
      for (const std::string& column : Split(columns, ',')) {
        view.columns.push_back(sql::Identifier{.text = column, .quoted = false, .span = {}});
      }
    }
    views_[Lower(name)] = std::move(view);
    return {};
  }
  void Forget(const std::string& name) { views_.erase(Lower(name)); }

  Result<std::variant<sql::RelationInfo, sql::ViewInfo>> FindTable(
      const std::vector<std::string>& name_parts, bool /*stream*/) override {
    const auto found = views_.find(Lower(name_parts.back()));
    if (found == views_.end()) return Fail(ErrorKind::kNotFound, "no table {}", name_parts.back());
    return sql::ViewInfo{.name = found->first,
                         .query = &QueryOf(found->second.file),
                         .source = found->second.file.source.get(),
                         .column_names = found->second.columns};
  }
  Result<sql::RelationInfo> FindTableFunction(const std::string& name,
                                              const std::vector<sql::FunctionArgument>& /*args*/,
                                              bool /*stream*/) override {
    return Fail(ErrorKind::kNotFound, "no table function {}", name);
  }

 private:
  std::map<std::string, View> views_;
};

/// Values as Spark's HiveResult writes them.
class ResultText {
 public:
  explicit ResultText(bool hex_binary) : hex_binary_(hex_binary) {}

  void Append(const Type& type, const arrow::Array& array, int64_t row, bool nested,
              std::string& text) const {
    if (array.IsNull(row)) {
      text += nested ? "null" : "NULL";
    } else if (type.Is(TypeId::kString)) {
      const std::string value(static_cast<const arrow::StringArray&>(array).GetView(row));
      text += nested ? "\"" + value + "\"" : value;
    } else if (type.Is(TypeId::kBinary)) {
      AppendBinary(static_cast<const arrow::BinaryArray&>(array).GetView(row), text);
    } else if (type.Is(TypeId::kIntervalDayTime)) {
      AppendDayTime(array, row, text);
    } else if (type.Is(TypeId::kIntervalYearMonth)) {
      const int32_t months = static_cast<const arrow::MonthIntervalArray&>(array).GetView(row);
      const int64_t all = std::abs(int64_t{months});
      text += fmt::format("{}{}-{}", months < 0 ? "-" : "", all / 12, all % 12);
    } else if (type.Is(TypeId::kTimestamp)) {
      AppendInstant(static_cast<const arrow::TimestampArray&>(array).GetView(row), text);
    } else if (type.IsNested()) {
      AppendNested(type, array, row, text);
    } else {
      cli::AppendText(array, row, text);
    }
  }

 private:
  // On the clocks of the zone that the environment's TZ names.
  static void AppendInstant(int64_t micros, std::string& text) {
    const int64_t fraction = ((micros % 1'000'000) + 1'000'000) % 1'000'000;
    const auto seconds = static_cast<time_t>((micros - fraction) / 1'000'000);
    std::tm clock{};
    localtime_r(&seconds, &clock);
    const int year = clock.tm_year + 1900;
    const bool far = year < 0 || year > 9999;
    text += fmt::format("{}{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
                        !far       ? ""
                        : year < 0 ? "-"
                                   : "+",
                        std::abs(year), clock.tm_mon + 1, clock.tm_mday, clock.tm_hour,
                        clock.tm_min, clock.tm_sec);
    if (fraction == 0) return;
    std::string digits = fmt::format(".{:06}", fraction);
    while (digits.back() == '0') digits.pop_back();
    text += digits;
  }

  void AppendBinary(std::string_view bytes, std::string& text) const {
    for (const char c : bytes) {
      text +=
          hex_binary_ ? fmt::format("{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
  }

  static void AppendDayTime(const arrow::Array& array, int64_t row, std::string& text) {
    constexpr int64_t kSecond = 1'000'000;
    const int64_t micros = static_cast<const arrow::DurationArray&>(array).GetView(row);
    const uint64_t all =
        micros < 0 ? uint64_t{0} - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
    const uint64_t seconds = all / kSecond;
    text += fmt::format("{}{} {:02}:{:02}:{:02}.{:09}", micros < 0 ? "-" : "", seconds / 86400,
                        seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, all % kSecond * 1000);
  }

  void AppendNested(const Type& type, const arrow::Array& array, int64_t row,
                    std::string& text) const {
    if (type.Is(TypeId::kArray)) {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      text += "[";
      for (int64_t i = 0; i < list.value_length(row); ++i) {
        if (i > 0) text += ",";
        Append(type.element(), *list.values(), list.value_offset(row) + i, true, text);
      }
      text += "]";
    } else if (type.Is(TypeId::kMap)) {
      AppendMap(type, static_cast<const arrow::MapArray&>(array), row, text);
    } else {
      const auto& fields = static_cast<const arrow::StructArray&>(array);
      text += "{";
      for (size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) text += ",";
        text += "\"" + type.fields()[i].name + "\":";
        Append(type.fields()[i].type, *fields.field(static_cast<int>(i)), row, true, text);
      }
      text += "}";
    }
  }

  void AppendMap(const Type& type, const arrow::MapArray& map, int64_t row,
                 std::string& text) const {
    std::vector<std::string> entries;
    for (int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
      std::string entry;
      Append(type.key(), *map.keys(), i, true, entry);
      entry += ":";
      Append(type.value(), *map.items(), i, true, entry);
      entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end());
    text += fmt::format("{{{}}}", fmt::join(entries, ","));
  }

  bool hex_binary_;
};

std::string JsonText(std::string_view text) {
  std::string json;
  cli::AppendJsonString(text, json);
  return json;
}

std::string FailureJson(const char* status, const Error& error) {
  const std::string message =
      error.note.empty() ? error.message : error.message + " | " + error.note;
  return fmt::format(R"({{"status":"{}","kind":{},"message":{}}})", status,
                     static_cast<int>(error.kind), JsonText(message));
}

class Session {
 public:
  Status Open(const std::string& time_zone) {
    time_zone_ = time_zone;
    setenv("TZ", time_zone.c_str(), 1);
    tzset();
    engine::EngineOptions options;
    options.threads = 1;
    options.time_zone = time_zone;
    TRY(engine_, engine::Engine::Open(options));
    return {};
  }

  std::string Answer(const std::string& request) {
    const std::string body = request.substr(1);
    if (request[0] == 'Q') return Run(body);
    if (request[0] == 'Z') return Done(Open(body));
    if (request[0] == 'X') {
      hex_binary_ = body == "1";
    } else if (request[0] == 'D') {
      views_.Forget(body);
    } else {
      const std::vector<std::string> parts = Split(body, '\x1f');
      return Done(parts.size() == 3 ? views_.Add(parts[0], parts[1], parts[2])
                                    : Fail(ErrorKind::kInvalidInput, "a request of no form"));
    }
    return Done({});
  }

 private:
  static std::string Done(const Status& status) {
    return status ? R"({"status":"ok"})" : FailureJson("refused", status.error());
  }

  Result<std::unique_ptr<engine::PreparedQuery>> Prepare(const std::string& text,
                                                         types::Schema& schema) {
    auto parsed = sql::ParseQuery("query", text);
    if (!parsed) return Fail(parsed.error().front());
    sql::BindOptions options;
    options.time_zone = time_zone_;
    TRY(sql::Plan plan, sql::BindQuery(QueryOf(*parsed), *parsed->source, views_, options));
    for (const sql::Attribute& column : plan.root->output) {
      if (column.hidden) continue;
      schema.push_back({.name = column.name, .type = column.type, .nullable = column.nullable});
    }
    return engine_->Prepare(std::move(plan));
  }

  std::string Run(const std::string& text) {
    types::Schema schema;
    const auto query = Prepare(text, schema);
    if (!query) return FailureJson("refused", query.error());
    std::string rows;
    const ResultText form(hex_binary_);
    const auto consume = [&](const columnar::Batch& batch) -> Status {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        std::string line;
        for (size_t i = 0; i < schema.size(); ++i) {
          if (i > 0) line += "\t";
          form.Append(schema[i].type, *batch->column(static_cast<int>(i)), row, false, line);
        }
        rows += (rows.empty() ? "" : ",") + JsonText(line);
      }
      return {};
    };
    engine::RunContext context;
    context.now = SystemClock().Now();
    const auto report = (*query)->Run({}, context, consume);
    if (!report) return FailureJson("error", report.error());
    std::vector<std::string> types;
    for (const types::Field& column : schema)
      types.push_back(JsonText(column.type.ToSimpleString()));
    return fmt::format(R"({{"status":"ok","schema":{},"types":[{}],"rows":[{}]}})",
                       JsonText(Type::Struct(schema).ToSimpleString()), fmt::join(types, ","),
                       rows);
  }

  std::unique_ptr<engine::Engine> engine_;
  Views views_;
  std::string time_zone_;
  bool hex_binary_ = true;
};

int Main() {
  Session session;
  if (const Status opened = session.Open("UTC"); !opened) {
    fmt::print(stderr, "conformance_driver: {}\n", opened.error().message);
    return 1;
  }
  std::string request;
  while (std::getline(std::cin, request, '\0')) {
    if (request.empty()) continue;
    fmt::print("{}\n", session.Answer(request));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace oresmith::conformance

int main() { return oresmith::conformance::Main(); }
