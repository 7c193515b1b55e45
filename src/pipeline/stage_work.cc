#include "pipeline/stage_work.h"

#include <arrow/array.h>

#include <cstring>
#include <optional>
#include <utility>

#include "state/batch_bytes.h"
#include "state/fingerprint.h"
#include "state/key_set.h"
#include "state/row_key.h"

namespace oresmith::pipeline {
namespace {

using state::HeldRows;
using state::SeenKey;

state::TimeColumn ColumnOf(const sql::TimePlace& place) {
  return {.column = place.column, .is_window = place.time.is_window};
}

/// The first row of each key goes on.
class FirstWork final : public StageWork {
 public:
  FirstWork(const sql::FirstStage& stage, int origin, StageOptions options)
      : stage_(stage),
        origin_(origin),
        options_(std::move(options)),
        fingerprinter_(options_.seed) {
    FirstWork::Clear();
  }

  Result<Batches> Run(std::vector<Batches> inputs, const StageContext& context) override {
    changes_.clear();
    Batches first;
    for (const columnar::Batch& batch : inputs[0]) {
      TRY(const columnar::Batch rows, WithoutLate(batch, stage_.time, origin_, options_, context));
      const std::vector<SeenKey> keys = KeysOf(*rows);
      std::vector<bool> is_new;
      TRY_DO(seen_->Add(keys, context.late_us, is_new));
      std::vector<int64_t> kept;
      for (size_t i = 0; i < keys.size(); ++i) {
        if (!is_new[i]) continue;
        kept.push_back(static_cast<int64_t>(i));
        Note(keys[i], changes_);
      }
      if (kept.empty()) continue;
      TRY(columnar::Batch picked, state::Pick(rows, kept));
      first.push_back(std::move(picked));
      context.tick();
    }
    TRY_DO(seen_->Forget(context.late_us));
    return first;
  }

  Result<std::string> Changes() override { return std::exchange(changes_, {}); }

  Status Apply(std::string_view changes, int64_t over_us) override {
    std::vector<SeenKey> keys;
    for (; changes.size() >= bytes_of_key(); changes.remove_prefix(bytes_of_key())) {
      SeenKey& key = keys.emplace_back();
      std::memcpy(&key, changes.data(), bytes_of_key());
    }
    std::vector<bool> is_new;
    return seen_->Add(keys, over_us, is_new);
  }

  Status State(const std::function<Status(std::string_view)>& give) const override {
    std::string piece;
    Status status;
    seen_->ForEach(kNoWatermark, [&](const SeenKey& key) {
      Note(key, piece);
      if (piece.size() < kPieceBytes || !status) return;
      status = give(piece);
      piece.clear();
    });
    if (!status || piece.empty()) return status;
    return give(piece);
  }

  bool HasOver(int64_t) const override { return false; }
  void Clear() override {
    changes_.clear();
    seen_.emplace(state::KeySetOptions{.expires = stage_.time.has_value(),
                                       .memory_bytes_max = options_.memory_bytes_max,
                                       .spill_directory = options_.spill_directory});
  }
  int64_t bytes() const override { return seen_->size() * static_cast<int64_t>(bytes_of_key()); }

 private:
  static constexpr size_t kPieceBytes = 4 << 20;
  static_assert(sizeof(SeenKey) == 24);

  /// The time of a key that never expires is left out.
  size_t bytes_of_key() const { return stage_.time ? sizeof(SeenKey) : sizeof(state::Fingerprint); }
  void Note(const SeenKey& key, std::string& bytes) const {
    bytes.append(reinterpret_cast<const char*>(&key), bytes_of_key());
  }

  std::vector<SeenKey> KeysOf(const arrow::RecordBatch& batch) const {
    std::vector<SeenKey> keys(static_cast<size_t>(batch.num_rows()));
    std::vector<int64_t> times;
    if (stage_.time) times = state::TimesOf(batch, ColumnOf(*stage_.time));
    constexpr int64_t kMicros = 1000;
    const int64_t delay =
        stage_.time && !stage_.time_is_key ? stage_.time->time.delay_ms * kMicros : 0;
    std::string bytes;
    for (size_t i = 0; i < keys.size(); ++i) {
      bytes.clear();
      state::AppendRowKey(batch, stage_.keys, static_cast<int64_t>(i), bytes);
      keys[i].key = fingerprinter_.Of(bytes);
      if (stage_.time && times[i] != state::kNoTime) keys[i].expiry = times[i] + delay;
    }
    return keys;
  }

  const sql::FirstStage stage_;
  const int origin_;
  const StageOptions options_;
  const state::Fingerprinter fingerprinter_;
  std::optional<state::KeySet> seen_;
  std::string changes_;
};

/// Rows, or groups, that wait for the watermark.
class HoldWork final : public StageWork {
 public:
  HoldWork(sql::HoldStage stage, types::Schema input, int origin, StageOptions options)
      : stage_(std::move(stage)),
        origin_(origin),
        options_(std::move(options)),
        input_schema_(std::move(input)),
        held_(stage_.groups ? state::TimeColumn{.column = stage_.groups->time_column,
                                                .is_window = stage_.time.time.is_window}
                            : ColumnOf(stage_.time)) {}

  Status Prepare(engine::Engine& engine) {
    if (!stage_.groups) return {};
    TRY(partial_, engine.Prepare(std::move(stage_.groups->partial)));
    TRY(merge_, engine.Prepare(std::move(stage_.groups->merge)));
    return {};
  }

  Result<Batches> Run(std::vector<Batches> inputs, const StageContext& context) override {
    added_.clear();
    for (const columnar::Batch& batch : inputs[0]) {
      TRY(columnar::Batch rows, WithoutLate(batch, stage_.time, origin_, options_, context));
      if (rows->num_rows() > 0) added_.push_back(std::move(rows));
    }
    if (partial_ && !added_.empty()) {
      TRY(added_, RunOver(*partial_, input_schema_, std::move(added_), context));
    }
    for (const columnar::Batch& batch : added_) held_.Add(batch);
    TRY(Batches over, held_.TakeUpTo(context.over_us));
    if (!merge_) return Limited(std::move(over));
    if (!over.empty()) {
      TRY(over, RunOver(*merge_, stage_.groups->schema, std::move(over), context));
    }
    // Each row is merged a few times at most: the groups are put together when they have doubled.
    if (held_.rows() > 2 * merged_rows_ + kRowsUnmerged) {
      TRY(Batches groups, RunOver(*merge_, stage_.groups->schema, held_.All(), context));
      held_.Replace(std::move(groups));
      merged_rows_ = held_.rows();
    }
    return Limited(std::move(over));
  }

  Result<std::string> Changes() override { return state::ToBytes(std::exchange(added_, {})); }

  Status Apply(std::string_view changes, int64_t over_us) override {
    TRY(const Batches batches, state::FromBytes(changes));
    for (const columnar::Batch& batch : batches) held_.Add(batch);
    TRY(const Batches over, held_.TakeUpTo(over_us));
    return {};
  }

  Status State(const std::function<Status(std::string_view)>& give) const override {
    TRY(const std::string bytes, state::ToBytes(held_.All()));
    if (bytes.empty()) return {};
    return give(bytes);
  }

  bool HasOver(int64_t over_us) const override { return held_.earliest() <= over_us; }
  void Clear() override {
    held_.Replace({});
    added_.clear();
    merged_rows_ = 0;
  }
  int64_t bytes() const override { return held_.bytes(); }

 private:
  static constexpr int64_t kRowsUnmerged = 10'000;

  Result<Batches> RunOver(engine::PreparedQuery& query, const types::Schema& schema,
                          Batches batches, const StageContext& context) const {
    const auto relation = columnar::MakeRelation(schema, std::move(batches));
    return RunToEnd(query, {relation.get()}, context);
  }

  Result<Batches> Limited(Batches over) const {
    if (held_.bytes() <= options_.memory_bytes_max) return over;
    return Fail(MakeError(ErrorKind::kUnavailable,
                          "{}: {} rows wait for the watermark and need "
                          "more than {} MB",
                          options_.operation, held_.rows(), options_.memory_bytes_max >> 20)
                    .WithFix("give oresmith.memory more, or shorten DELAY OF"));
  }

  sql::HoldStage stage_;
  const int origin_;
  const StageOptions options_;
  const types::Schema input_schema_;
  HeldRows held_;
  Batches added_;
  std::unique_ptr<engine::PreparedQuery> partial_, merge_;  // null: rows are held as they are
  int64_t merged_rows_ = 0;
};

}  // namespace

Result<Batches> RunToEnd(engine::PreparedQuery& query,
                         const std::vector<const columnar::Relation*>& relations,
                         const StageContext& context) {
  Batches batches;
  TRY_DO(query.Run(relations, context.run, [&](columnar::Batch batch) -> Status {
    context.tick();
    batches.push_back(std::move(batch));
    return {};
  }));
  return batches;
}

Result<columnar::Batch> WithoutLate(const columnar::Batch& batch,
                                    const std::optional<sql::TimePlace>& time, int origin,
                                    const StageOptions& options, const StageContext& context) {
  if (!time || context.late_us == kNoWatermark) return batch;
  const std::vector<int64_t> times = state::TimesOf(*batch, ColumnOf(*time));
  std::vector<int64_t> kept;
  for (size_t i = 0; i < times.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    if (times[i] > context.late_us) {
      kept.push_back(row);
      continue;
    }
    LateRow late{.reason = fmt::format("late: {}, after the watermark", options.operation),
                 .row_json = columnar::RowToJson(*batch, row)};
    if (origin >= 0 && batch->column(origin)->IsValid(row)) {
      late.origin = static_cast<const arrow::Int64Array&>(*batch->column(origin)).Value(row);
    }
    context.late(std::move(late));
  }
  if (kept.size() == times.size()) return batch;
  return state::Pick(batch, kept);
}

std::unique_ptr<StageWork> MakeFirstWork(const sql::FirstStage& stage, int origin,
                                         StageOptions options) {
  return std::make_unique<FirstWork>(stage, origin, std::move(options));
}

Result<std::unique_ptr<StageWork>> MakeHoldWork(engine::Engine& engine, sql::HoldStage stage,
                                                types::Schema input, int origin,
                                                StageOptions options) {
  auto work =
      std::make_unique<HoldWork>(std::move(stage), std::move(input), origin, std::move(options));
  TRY_DO(work->Prepare(engine));
  return work;
}

}  // namespace oresmith::pipeline
