#include "connector/delta_feed/delta_feed.h"

#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace oresmith::connector {
namespace {

/// A table that has grown while nobody read it is taken in pieces of about this many rows.
constexpr int64_t kRowsPerEpochMax = 200'000;

/// The number after `"key":` in one of our own offsets.
std::optional<int64_t> NumberAfter(std::string_view json, std::string_view key) {
  const size_t at = json.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  int64_t number = 0;
  const char* begin = json.data() + at + key.size();
  const auto [end, error] = std::from_chars(begin, json.data() + json.size(), number);
  if (error != std::errc() || end == begin) return std::nullopt;
  return number;
}

std::string TextAfter(std::string_view json, std::string_view key) {
  const size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const size_t begin = at + key.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

class DeltaFeed final : public Source {
 public:
  DeltaFeed(delta::Table& table, const RecentBatches& recent, std::string name)
      : table_(table),
        recent_(recent),
        name_(std::move(name)),
        schema_(table.snapshot()->metadata.schema) {}

  const types::Schema& schema() const override { return schema_; }

  Result<std::optional<Range>> Plan(const Limits&) override {
    TRY_DO(Start());
    const auto snapshot = table_.snapshot();
    const int64_t newest = delta::Number(snapshot->version);
    if (next_ > newest) return std::optional<Range>{};
    int64_t end = next_;
    // The pieces of a range that is in memory were bounded when they were made.
    if (recent_.Find(table_.root(), delta::Version{next_ - 1}, snapshot->version)) {
      end = newest;
    } else {
      TRY(end, EndOfPiece(newest));
    }
    Range range;
    range.units = end - next_ + 1;
    next_ = end + 1;
    range.offset_json =
        fmt::format(R"({{"sourceVersion":1,"reservoirId":"{}","reservoirVersion":{},"index":-1,)"
                    R"("isStartingVersion":false,"from":{}}})",
                    snapshot->metadata.id, next_, next_ - range.units);
    return std::optional<Range>(std::move(range));
  }

  Status Restore(const Range& range) override {
    const auto next = NumberAfter(range.offset_json, R"("reservoirVersion":)");
    if (!next) {
      return Fail(ErrorKind::kCorrupt, "resume from {}: not a Delta offset: {}", name_,
                  range.offset_json);
    }
    const std::string id = TextAfter(range.offset_json, R"("reservoirId":")");
    if (id != table_.snapshot()->metadata.id) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "resume from {}: another table stands there now (id {}, was {})", name_,
                            table_.snapshot()->metadata.id, id)
                      .WithFix("rebuild the tables: oresmith run --full-refresh-all"));
    }
    next_ = *next;
    started_ = true;
    return {};
  }

  Result<Reading> Read(const Range& range, const std::vector<int>& columns) override {
    const auto next = NumberAfter(range.offset_json, R"("reservoirVersion":)");
    const auto from = NumberAfter(range.offset_json, R"("from":)");
    if (!next || !from) {
      return Fail(ErrorKind::kCorrupt, "read {}: not a Delta offset: {}", name_, range.offset_json);
    }
    const delta::Version before{*from - 1};
    const delta::Version last{*next - 1};
    std::unique_ptr<columnar::Relation> rows;
    if (auto batches = recent_.Find(table_.root(), before, last)) {
      rows = columnar::MakeRelation(schema_, std::move(*batches));
    } else {
      TRY(rows, table_.ScanChanges(before, last));
    }
    TRY(auto reader, rows->Open(columns));
    return Reading{.rows = std::move(reader), .report = std::make_shared<ReadReport>()};
  }

  Result<int64_t> Backlog() override {
    TRY_DO(Start());
    return std::max<int64_t>(delta::Number(table_.snapshot()->version) - next_ + 1, 0);
  }

  std::string Describe() const override { return "table " + name_; }

 private:
  /// Without an offset the first version is the one after the table was last emptied: a full
  /// refresh leaves the rows of before in the log, and nobody wants them again.
  Status Start() {
    if (started_) return {};
    TRY(const auto history, table_.History(std::numeric_limits<int>::max()));
    for (const auto& [version, commit] : history) {
      if (commit.operation != "TRUNCATE") continue;
      next_ = delta::Number(version) + 1;
      break;
    }
    started_ = true;
    return {};
  }

  Result<int64_t> EndOfPiece(int64_t newest) const {
    int64_t rows = 0;
    int64_t end = next_;
    for (; end <= newest; ++end) {
      TRY(const auto changes, table_.ScanChanges(delta::Version{end - 1}, delta::Version{end}));
      rows += changes->row_count().value_or(kRowsPerEpochMax);
      if (rows >= kRowsPerEpochMax) break;
    }
    return std::min(end, newest);
  }

  delta::Table& table_;
  const RecentBatches& recent_;
  std::string name_;
  types::Schema schema_;
  int64_t next_ = 0;      // version
  bool started_ = false;  // next_ is meant
};

}  // namespace

std::unique_ptr<Source> MakeDeltaFeed(delta::Table& table, const RecentBatches& recent,
                                      std::string name) {
  return std::make_unique<DeltaFeed>(table, recent, std::move(name));
}

}  // namespace oresmith::connector
