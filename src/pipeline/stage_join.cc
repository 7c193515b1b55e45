// A join of two streams. Rows of both sides are held until nothing can come that they would meet:
// the new rows of an epoch meet those of the other side that have their keys.

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "pipeline/stage_work.h"
#include "state/batch_bytes.h"
#include "state/fingerprint.h"
#include "state/row_key.h"

namespace oresmith::pipeline {
namespace {

using sql::JoinType;

/// The rows of one side; the last column of each batch is the row's number.
class JoinSide {
 public:
  JoinSide(std::vector<int> keys, std::optional<sql::TimePlace> time,
           std::optional<int64_t> reach_us, uint64_t seed)
      : keys_(std::move(keys)), time_(time), reach_us_(reach_us), fingerprinter_(seed) {}

  void Add(const columnar::Batch& batch) {
    if (batch->num_rows() == 0) return;
    Held held{.rows = batch,
              .ends = EndsOf(*batch),
              .alive = std::vector<bool>(static_cast<size_t>(batch->num_rows()), true),
              .living = batch->num_rows()};
    held.earliest = *std::min_element(held.ends.begin(), held.ends.end());
    bytes_ += arrow::util::TotalBufferSize(*batch);
    const int64_t id = next_id_++;
    for (int64_t row = 0; !keys_.empty() && row < batch->num_rows(); ++row) {
      index_.emplace(KeyOf(*batch, row), Ref{id, row});
    }
    rows_ += batch->num_rows();
    held_.emplace(id, std::move(held));
  }

  /// The rows that have a key of `others`, whose keys stand in `other_keys`; all without keys.
  Result<Batches> Candidates(const Batches& others, const std::vector<int>& other_keys) const {
    std::map<int64_t, std::vector<int64_t>> wanted;
    if (keys_.empty()) {
      for (const auto& [id, held] : held_) {
        for (size_t row = 0; row < held.alive.size(); ++row) {
          if (held.alive[row]) wanted[id].push_back(static_cast<int64_t>(row));
        }
      }
      return PickAll(wanted);
    }
    std::unordered_set<uint64_t> asked;
    std::string bytes;
    for (const columnar::Batch& batch : others) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (state::HasNull(*batch, other_keys, row)) continue;
        bytes.clear();
        state::AppendRowKey(*batch, other_keys, row, bytes);
        const uint64_t key = fingerprinter_.Of(bytes).low;
        if (!asked.insert(key).second) continue;
        const auto [begin, end] = index_.equal_range(key);
        for (auto at = begin; at != end; ++at) wanted[at->second.batch].push_back(at->second.row);
      }
    }
    for (auto& [id, rows] : wanted) std::sort(rows.begin(), rows.end());
    return PickAll(wanted);
  }

  /// The rows that nothing can meet any more; they are gone.
  Result<Batches> TakeOver(int64_t over_us) {
    std::map<int64_t, std::vector<int64_t>> over;
    for (auto& [id, held] : held_) {
      if (held.earliest > over_us) continue;
      held.earliest = state::kNoTime;
      for (size_t row = 0; row < held.ends.size(); ++row) {
        if (!held.alive[row]) continue;
        if (held.ends[row] > over_us) {
          held.earliest = std::min(held.earliest, held.ends[row]);
          continue;
        }
        over[id].push_back(static_cast<int64_t>(row));
      }
    }
    TRY(Batches gone, PickAll(over));
    for (const auto& [id, rows] : over) Remove(id, rows);
    if (dead_ > rows_ + kDeadMin) TRY_DO(Compact());
    return gone;
  }

  Result<Batches> All() const {
    std::map<int64_t, std::vector<int64_t>> all;
    for (const auto& [id, held] : held_) {
      for (size_t row = 0; row < held.alive.size(); ++row) {
        if (held.alive[row]) all[id].push_back(static_cast<int64_t>(row));
      }
    }
    return PickAll(all);
  }

  int64_t earliest() const {
    int64_t earliest = state::kNoTime;
    for (const auto& [id, held] : held_) earliest = std::min(earliest, held.earliest);
    return earliest;
  }
  const std::vector<int>& keys() const { return keys_; }
  const std::optional<sql::TimePlace>& time() const { return time_; }
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_ + rows_ * kIndexBytes; }

 private:
  struct Held {
    columnar::Batch rows;
    std::vector<int64_t> ends;  // when nothing can come any more that the row meets
    std::vector<bool> alive;
    int64_t living = 0;
    int64_t earliest = state::kNoTime;
  };
  struct Ref {
    int64_t batch = 0, row = 0;
  };
  static constexpr int64_t kDeadMin = 1000;
  static constexpr int64_t kIndexBytes = 64;

  uint64_t KeyOf(const arrow::RecordBatch& batch, int64_t row) const {
    std::string bytes;
    state::AppendRowKey(batch, keys_, row, bytes);
    return fingerprinter_.Of(bytes).low;
  }

  std::vector<int64_t> EndsOf(const arrow::RecordBatch& batch) const {
    if (!time_ || !reach_us_) {
      return std::vector<int64_t>(static_cast<size_t>(batch.num_rows()), state::kNoTime);
    }
    std::vector<int64_t> ends =
        state::TimesOf(batch, {.column = time_->column, .is_window = time_->time.is_window});
    for (int64_t& end : ends) {
      if (end != state::kNoTime) end += *reach_us_;
    }
    return ends;
  }

  Result<Batches> PickAll(const std::map<int64_t, std::vector<int64_t>>& wanted) const {
    Batches picked;
    for (const auto& [id, rows] : wanted) {
      TRY(columnar::Batch batch, state::Pick(held_.at(id).rows, rows));
      picked.push_back(std::move(batch));
    }
    return picked;
  }

  void Remove(int64_t id, const std::vector<int64_t>& rows) {
    Held& held = held_.at(id);
    for (const int64_t row : rows) {
      held.alive[static_cast<size_t>(row)] = false;
      if (keys_.empty()) continue;
      const auto [begin, end] = index_.equal_range(KeyOf(*held.rows, row));
      const auto entry = std::find_if(begin, end, [&](const auto& each) {
        return each.second.batch == id && each.second.row == row;
      });
      if (entry != end) index_.erase(entry);
    }
    const auto count = static_cast<int64_t>(rows.size());
    held.living -= count;
    rows_ -= count;
    dead_ += count;
    if (held.living > 0) return;
    dead_ -= held.rows->num_rows();
    bytes_ -= arrow::util::TotalBufferSize(*held.rows);
    held_.erase(id);
  }

  Status Compact() {
    TRY(const Batches all, All());
    held_.clear();
    index_.clear();
    rows_ = dead_ = bytes_ = 0;
    for (const columnar::Batch& batch : all) Add(batch);
    return {};
  }

  const std::vector<int> keys_;
  const std::optional<sql::TimePlace> time_;
  const std::optional<int64_t> reach_us_;
  const state::Fingerprinter fingerprinter_;
  std::map<int64_t, Held> held_;
  std::unordered_multimap<uint64_t, Ref> index_;
  int64_t next_id_ = 0;
  int64_t rows_ = 0;  // living ones
  int64_t dead_ = 0;  // whose batch is still there
  int64_t bytes_ = 0;
};

types::Schema Numbered(types::Schema schema) {
  schema.push_back({.name = "number", .type = types::Type(types::TypeId::kLong)});
  return schema;
}

const arrow::Int64Array& NumbersOf(const arrow::RecordBatch& batch, int column) {
  return static_cast<const arrow::Int64Array&>(*batch.column(column));
}

class JoinWork final : public StageWork {
 public:
  JoinWork(sql::JoinStage stage, std::vector<types::Schema> inputs, std::vector<int> origins,
           StageOptions options)
      : stage_(std::move(stage)), origins_(std::move(origins)), options_(std::move(options)) {
    JoinWork::Clear();
    types::Schema output = inputs[0];
    output.insert(output.end(), inputs[1].begin(), inputs[1].end());
    for (types::Field& field : output) field.nullable = true;
    output_ = columnar::ToArrow(output);
    for (types::Schema& input : inputs) schemas_.push_back(Numbered(std::move(input)));
  }

  Status Prepare(engine::Engine& engine) {
    TRY(matches_, engine.Prepare(std::move(stage_.matches)));
    return {};
  }

  Result<Batches> Run(std::vector<Batches> inputs, const StageContext& context) override {
    new_matched_.clear();
    TRY(added_[0], Take(std::move(inputs[0]), *left_, 0, context));
    TRY(added_[1], Take(std::move(inputs[1]), *right_, 1, context));
    Batches output;
    TRY(Batches of_right, right_->Candidates(added_[0], left_->keys()));
    of_right.insert(of_right.end(), added_[1].begin(), added_[1].end());
    TRY_DO(Meet(added_[0], std::move(of_right), context, output));
    TRY(Batches of_left, left_->Candidates(added_[1], right_->keys()));
    TRY_DO(Meet(std::move(of_left), added_[1], context, output));
    for (const columnar::Batch& batch : added_[0]) left_->Add(batch);
    for (const columnar::Batch& batch : added_[1]) right_->Add(batch);
    TRY_DO(LetGo(context.over_us, &output));
    if (bytes() > options_.memory_bytes_max) return TooLarge();
    return output;
  }

  Result<std::string> Changes() override {
    TRY(const std::string left, state::ToBytes(std::exchange(added_[0], {})));
    TRY(const std::string right, state::ToBytes(std::exchange(added_[1], {})));
    return Pack(left, right, std::exchange(new_matched_, {}));
  }

  Status Apply(std::string_view changes, int64_t over_us) override {
    for (int side = 0; side < 2; ++side) {
      TRY(const Batches batches, state::FromBytes(TakePart(changes)));
      for (const columnar::Batch& batch : batches) {
        (side == 0 ? left_ : right_)->Add(batch);
        const auto& numbers = NumbersOf(*batch, batch->num_columns() - 1);
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          next_number_ = std::max(next_number_, numbers.Value(row) + 1);
        }
      }
    }
    const std::string_view numbers = TakePart(changes);
    for (size_t at = 0; at < numbers.size(); at += sizeof(int64_t)) {
      int64_t number = 0;
      std::memcpy(&number, numbers.data() + at, sizeof number);
      matched_.insert(number);
    }
    return LetGo(over_us, nullptr);
  }

  Status State(const std::function<Status(std::string_view)>& give) const override {
    TRY(const Batches left_rows, left_->All());
    TRY(const Batches right_rows, right_->All());
    TRY(const std::string left, state::ToBytes(left_rows));
    TRY(const std::string right, state::ToBytes(right_rows));
    return give(Pack(left, right, {matched_.begin(), matched_.end()}));
  }

  bool HasOver(int64_t over_us) const override {
    return left_->earliest() <= over_us || right_->earliest() <= over_us;
  }
  int64_t bytes() const override { return left_->bytes() + right_->bytes(); }
  void Clear() override {
    left_.emplace(stage_.left_keys, stage_.left_time, stage_.left_reach_us, options_.seed);
    right_.emplace(stage_.right_keys, stage_.right_time, stage_.right_reach_us, options_.seed);
    matched_.clear();
    new_matched_.clear();
    for (Batches& batches : added_) batches.clear();
    next_number_ = 0;
  }

 private:
  /// Without late rows, with numbers.
  Result<Batches> Take(Batches batches, const JoinSide& side, size_t input,
                       const StageContext& context) {
    Batches taken;
    for (const columnar::Batch& batch : batches) {
      TRY(const columnar::Batch rows,
          WithoutLate(batch, side.time(), origins_[input], options_, context));
      if (rows->num_rows() == 0) continue;
      std::vector<int64_t> numbers(static_cast<size_t>(rows->num_rows()));
      for (int64_t& number : numbers) number = next_number_++;
      std::vector<std::shared_ptr<arrow::Array>> columns = rows->columns();
      const auto count = static_cast<int64_t>(numbers.size());
      columns.push_back(std::make_shared<arrow::Int64Array>(
          count, arrow::Buffer::FromVector(std::move(numbers))));
      taken.push_back(
          arrow::RecordBatch::Make(columnar::ToArrow(schemas_[input]), count, std::move(columns)));
    }
    return taken;
  }

  /// Notes which rows have met some, and gives what the join has for them.
  Status Meet(Batches left, Batches right, const StageContext& context, Batches& output) {
    if (left.empty() || right.empty()) return {};
    const auto left_rows = columnar::MakeRelation(schemas_[0], std::move(left));
    const auto right_rows = columnar::MakeRelation(schemas_[1], std::move(right));
    TRY(const Batches met, RunToEnd(*matches_, {left_rows.get(), right_rows.get()}, context));
    for (const columnar::Batch& batch : met) {
      const auto& left_numbers = NumbersOf(*batch, stage_.left_columns);
      const auto& right_numbers = NumbersOf(*batch, batch->num_columns() - 1);
      std::vector<int64_t> first_met;
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (MarksLeft() && Mark(left_numbers.Value(row))) first_met.push_back(row);
        if (MarksRight()) static_cast<void>(Mark(right_numbers.Value(row)));
      }
      if (stage_.type == JoinType::kLeftAnti) continue;
      columnar::Batch given = batch;
      if (stage_.type == JoinType::kLeftSemi) {
        TRY(given, state::Pick(batch, first_met));
      }
      if (given->num_rows() > 0) output.push_back(Joined(*given, 0, stage_.left_columns + 1));
    }
    return {};
  }

  bool MarksLeft() const {
    return stage_.type != JoinType::kInner && stage_.type != JoinType::kCross &&
           stage_.type != JoinType::kRight;
  }
  bool MarksRight() const {
    return stage_.type == JoinType::kRight || stage_.type == JoinType::kFull;
  }
  /// Whether it had met nothing yet.
  bool Mark(int64_t number) {
    if (!matched_.insert(number).second) return false;
    new_matched_.push_back(number);
    return true;
  }

  /// Columns of the left side from `left` on, of the right side from `right` on; -1: NULL.
  columnar::Batch Joined(const arrow::RecordBatch& rows, int left, int right) const {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    const auto append = [&](int from, int count) {
      for (int i = 0; i < count; ++i) {
        const auto& type = output_->field(static_cast<int>(columns.size()))->type();
        columns.push_back(from >= 0 ? rows.column(from + i)
                                    : arrow::MakeArrayOfNull(type, rows.num_rows()).ValueOrDie());
      }
    };
    append(left, stage_.left_columns);
    append(right, stage_.right_columns);
    return arrow::RecordBatch::Make(output_, rows.num_rows(), std::move(columns));
  }

  /// Rows that are over go; those that the join keeps and that met nothing are given.
  Status LetGo(int64_t over_us, Batches* output) {
    if (over_us == kNoWatermark) return {};
    TRY(const Batches left, left_->TakeOver(over_us));
    TRY(const Batches right, right_->TakeOver(over_us));
    const bool keeps_left = stage_.type == JoinType::kLeft || stage_.type == JoinType::kFull ||
                            stage_.type == JoinType::kLeftAnti;
    TRY_DO(GiveLonely(left, keeps_left, true, output));
    return GiveLonely(right, MarksRight(), false, output);
  }

  Status GiveLonely(const Batches& batches, bool keeps, bool is_left, Batches* output) {
    for (const columnar::Batch& batch : batches) {
      const auto& numbers = NumbersOf(*batch, batch->num_columns() - 1);
      std::vector<int64_t> lonely;
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (matched_.erase(numbers.Value(row)) == 0) lonely.push_back(row);
      }
      if (!keeps || output == nullptr || lonely.empty()) continue;
      TRY(const columnar::Batch rows, state::Pick(batch, lonely));
      output->push_back(Joined(*rows, is_left ? 0 : -1, is_left ? -1 : 0));
    }
    return {};
  }

  tl::unexpected<Error> TooLarge() const {
    return Fail(MakeError(ErrorKind::kUnavailable,
                          "{}: {} and {} rows wait for partners and need more than {} MB",
                          options_.operation, left_->rows(), right_->rows(),
                          options_.memory_bytes_max >> 20)
                    .WithFix("give oresmith.memory more, or bound the times of both sides: "
                             "WATERMARK, and a condition such as b.t BETWEEN a.t AND a.t + "
                             "INTERVAL 1 HOUR"));
  }

  static std::string Pack(std::string_view left, std::string_view right,
                          const std::vector<int64_t>& matched) {
    if (left.empty() && right.empty() && matched.empty()) return {};
    const std::string_view numbers(reinterpret_cast<const char*>(matched.data()),
                                   matched.size() * sizeof(int64_t));
    std::string bytes;
    for (const std::string_view part : {left, right, numbers}) {
      const uint64_t size = part.size();
      bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
      bytes.append(part);
    }
    return bytes;
  }
  static std::string_view TakePart(std::string_view& bytes) {
    uint64_t size = 0;
    if (bytes.size() < sizeof size) return {};
    std::memcpy(&size, bytes.data(), sizeof size);
    const std::string_view part = bytes.substr(sizeof size, size);
    bytes.remove_prefix(sizeof size + part.size());
    return part;
  }

  sql::JoinStage stage_;
  const std::vector<int> origins_;
  const StageOptions options_;
  std::shared_ptr<arrow::Schema> output_;
  std::vector<types::Schema> schemas_;  // of both sides, with numbers
  std::unique_ptr<engine::PreparedQuery> matches_;
  std::optional<JoinSide> left_, right_;
  std::unordered_set<int64_t> matched_;  // numbers of held rows that have met some
  int64_t next_number_ = 0;
  Batches added_[2];
  std::vector<int64_t> new_matched_;
};

}  // namespace

Result<std::unique_ptr<StageWork>> MakeJoinWork(engine::Engine& engine, sql::JoinStage stage,
                                                std::vector<types::Schema> inputs,
                                                std::vector<int> origins, StageOptions options) {
  auto work = std::make_unique<JoinWork>(std::move(stage), std::move(inputs), std::move(origins),
                                         std::move(options));
  TRY_DO(work->Prepare(engine));
  return work;
}

}  // namespace oresmith::pipeline
