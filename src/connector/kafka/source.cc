#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

#include "connector/kafka/feed_internal.h"
#include "connector/kafka/kafka_source.h"

namespace oresmith::connector {
namespace {

/// How soon a partition that is added, and a topic that fits a pattern, is found.
constexpr std::chrono::seconds kLookEvery{2};
constexpr std::string_view kLogHead = "v1\n";

class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock), schema_(KafkaColumns(settings_.headers)) {}

  const types::Schema& schema() const override { return schema_; }
  std::string Describe() const override { return settings_.Describe(); }

  Result<std::optional<Range>> Plan(const Limits& limits) override {
    KafkaOffsets begun;  // where partitions begin that no range has named yet
    TRY(const bool first, Start(limits, begun));
    if (!first && !limits.available_now) TRY_DO(FindNewPartitions(begun));
    TRY_DO(Collect(limits));
    if (!first && begun.empty() && !IsEnough(limits)) return std::optional<Range>{};
    return Take(limits, first, std::move(begun));
  }

  Status Restore(const Range& range) override {
    TRY(KafkaOffsets ends, OffsetsFromJson(range.offset_json));
    before_ = std::move(planned_);
    if (!range.log.empty()) {
      if (!range.log.starts_with(kLogHead)) {
        return Fail(ErrorKind::kCorrupt, "resume {}: {} is no list of offsets", Describe(),
                    range.log);
      }
      // A line for each epoch that is in the range: one, or those of an archive.
      std::string_view lines = std::string_view(range.log).substr(kLogHead.size());
      while (!lines.empty()) {
        const size_t end = std::min(lines.find('\n'), lines.size());
        TRY(const KafkaOffsets begun, OffsetsFromJson(lines.substr(0, end)));
        before_.insert(begun.begin(), begun.end());
        lines.remove_prefix(std::min(end + 1, lines.size()));
      }
    }
    planned_ = std::move(ends);
    restored_ = true;
    return {};
  }

  Result<Reading> Read(const Range& range, const std::vector<int>& columns) override {
    TRY(const KafkaOffsets ends, OffsetsFromJson(range.offset_json));
    if (ends != planned_) {
      return Fail(ErrorKind::kCorrupt, "{}: {} is not the newest range", Describe(),
                  range.offset_json);
    }
    if (!has_taken_) TRY_DO(TakeAgain());
    auto report = std::make_shared<ReadReport>();
    report->warnings = feed_->TakeLosses();
    for (const KafkaRun& run : taken_) {
      report->records += static_cast<int64_t>(run.messages.size());
      report->bytes += run.bytes;
    }
    has_taken_ = false;
    return Reading{
        .rows = MakeKafkaRunReader(std::exchange(taken_, {}), feed_->client(), schema_, columns),
        .report = std::move(report)};
  }

  Result<int64_t> Backlog() override {
    if (feed_ == nullptr) return 0;
    int64_t backlog = 0;
    for (const auto& [partition, planned] : planned_) {
      const auto end = feed_->intake().KnownEnd(partition);
      if (end) backlog += std::max<int64_t>(*end - planned, 0);
    }
    return backlog;
  }

 private:
  /// Makes the feed at the first call: from where the last process stopped, else from where the
  /// options say. True: nothing was planned before, and `begun` tells where reading begins.
  Result<bool> Start(const Limits& limits, KafkaOffsets& begun) {
    if (started_) return false;
    const bool reads = feed_ != nullptr;  // the epoch of a crash was read again
    if (!reads) {
      TRY_DO(OpenFeed());
    }
    const bool first = !restored_;
    if (first) {
      TRY(planned_, feed_->places().At(settings_.start, feed_->partitions(), false));
      begun = planned_;
    } else {
      TRY_DO(BeginNew(feed_->partitions(), begun));
    }
    TRY_DO(feed_->Begin(reads ? begun : planned_));
    TRY_DO(DropGone());
    if (limits.available_now) {
      TRY(targets_, feed_->places().Ask(feed_->partitions(), kLatestOffset));
      std::erase_if(targets_, [&](const auto& end) { return !planned_.contains(end.first); });
      for (const auto& [partition, end] : targets_) feed_->intake().Limit(partition, end);
    }
    started_ = true;
    return first;
  }

  Status OpenFeed() {
    TRY(feed_, KafkaFeed::Open(settings_, clock_));
    looked_ = clock_.Steady();
    last_plan_ = looked_;
    return {};
  }

  /// Partitions that the checkpoint does not know begin at their first offset, as in Spark.
  Status BeginNew(const std::set<KafkaPartition>& partitions, KafkaOffsets& begun) {
    std::set<KafkaPartition> fresh;
    for (const KafkaPartition& partition : partitions) {
      if (!planned_.contains(partition)) fresh.insert(partition);
    }
    if (fresh.empty()) return {};
    TRY(const KafkaOffsets first, feed_->places().Ask(fresh, kEarliestOffset));
    for (const auto& [partition, offset] : first) {
      begun[partition] = offset;
      planned_[partition] = offset;
    }
    return {};
  }

  Status FindNewPartitions(KafkaOffsets& begun) {
    if (clock_.Steady() - looked_ < kLookEvery) return {};
    looked_ = clock_.Steady();
    auto fresh = feed_->FindNew();
    // A broker that is away for a while is waited for where messages are.
    if (!fresh)
      return fresh.error().kind == ErrorKind::kUnavailable ? Status{} : Fail(fresh.error());
    if (fresh->empty()) return {};
    KafkaOffsets added;
    TRY_DO(BeginNew(*fresh, added));
    begun.insert(added.begin(), added.end());
    return feed_->Begin(added);
  }

  Status DropGone() {
    std::erase_if(planned_,
                  [&](const auto& entry) { return !feed_->partitions().contains(entry.first); });
    return {};
  }

  Status Collect(const Limits& limits) {
    if (limits.available_now) {
      KafkaOffsets ends = Caps(targets_);
      TRY_DO(feed_->PullUntil(ends, limits.bytes_max));
    } else {
      TRY_DO(feed_->PullNow(limits.bytes_max));
    }
    return DropGone();
  }

  /// The last offsets of the next range: `ends`, but for maxOffsetsPerTrigger. Its shares are
  /// Spark's: by what waits in each partition.
  KafkaOffsets Caps(KafkaOffsets ends) const {
    if (settings_.offsets_max == 0) return ends;
    double total = 0;
    for (const auto& [partition, end] : ends) {
      const auto planned = planned_.find(partition);
      if (planned != planned_.end())
        total += std::max<double>(0, static_cast<double>(end - planned->second));
    }
    const auto most = static_cast<double>(settings_.offsets_max);
    if (total <= most) return ends;
    for (auto& [partition, end] : ends) {
      const auto planned = planned_.find(partition);
      if (planned == planned_.end() || end <= planned->second) continue;
      const double share = most * static_cast<double>(end - planned->second) / total;
      const auto count = static_cast<int64_t>(share < 1 ? std::ceil(share) : std::floor(share));
      end = std::min(end, planned->second + count);
    }
    return ends;
  }

  /// What may be taken now.
  KafkaOffsets Ends(const Limits& limits) const {
    if (limits.available_now) return Caps(targets_);
    KafkaOffsets ends;
    for (const auto& [partition, planned] : planned_) {
      const int64_t position = feed_->intake().Position(partition);
      ends[partition] = std::max(position, feed_->intake().KnownEnd(partition).value_or(position));
    }
    return Caps(std::move(ends));
  }

  bool IsEnough(const Limits& limits) const {
    if (feed_->intake().waiting_bytes() == 0) return false;
    int64_t waiting = 0;
    for (const auto& [partition, end] : Ends(limits)) {
      if (planned_.contains(partition)) {
        waiting += feed_->intake().WaitingBefore(partition, end);
      }
    }
    if (waiting == 0) return false;
    const bool may_wait = !limits.available_now && settings_.offsets_min > 0 &&
                          feed_->intake().waiting_bytes() < limits.bytes_max;
    return !may_wait || waiting >= settings_.offsets_min ||
           clock_.Steady() - last_plan_ >= settings_.delay_max;
  }

  Result<std::optional<Range>> Take(const Limits& limits, bool first, KafkaOffsets begun) {
    const KafkaOffsets ends = Ends(limits);
    before_ = planned_;
    taken_.clear();
    Range range;
    int64_t left = limits.bytes_max;
    for (auto& [partition, planned] : planned_) {
      const auto end = ends.find(partition);
      int64_t next = end == ends.end() ? planned : end->second;
      KafkaRun run = feed_->intake().Take(partition, &next, std::max<int64_t>(left, 1));
      left -= run.bytes;
      planned = std::max(planned, next);
      range.units += static_cast<int64_t>(run.messages.size());
      range.bytes += run.bytes;
      if (!run.messages.empty()) taken_.push_back(std::move(run));
    }
    has_taken_ = true;
    last_plan_ = clock_.Steady();
    range.offset_json = OffsetsToJson(planned_);
    if (first || !begun.empty()) range.log = std::string(kLogHead) + OffsetsToJson(begun);
    return std::optional<Range>(std::move(range));
  }

  /// Reads the newest range from the brokers, once more or after a restart.
  Status TakeAgain() {
    for (const auto& [partition, end] : planned_) {
      if (!before_.contains(partition)) {
        return Fail(ErrorKind::kCorrupt, "resume {}: no start is noted for topic {}, partition {}",
                    Describe(), partition.topic, partition.number);
      }
    }
    if (feed_ == nullptr) {
      TRY_DO(OpenFeed());
    }
    KafkaOffsets from = before_;
    std::erase_if(from, [&](const auto& entry) { return !planned_.contains(entry.first); });
    TRY_DO(feed_->Begin(from));
    taken_.clear();
    KafkaOffsets ends = planned_;
    TRY_DO(feed_->PullUntil(ends, std::numeric_limits<int64_t>::max()));
    for (auto& [partition, end] : ends) {
      taken_.push_back(feed_->intake().Take(partition, &end, std::numeric_limits<int64_t>::max()));
    }
    has_taken_ = true;
    return {};
  }

  const KafkaSettings settings_;
  const Clock& clock_;
  const types::Schema schema_;
  std::unique_ptr<KafkaFeed> feed_;  // null until brokers are asked
  bool restored_ = false;
  bool started_ = false;
  KafkaOffsets before_;          // where the newest range begins
  KafkaOffsets planned_;         // where it ends
  KafkaOffsets targets_;         // where reading ends that reads what is available now
  std::vector<KafkaRun> taken_;  // the newest range's, while has_taken_
  bool has_taken_ = false;
  std::chrono::nanoseconds looked_{0};
  std::chrono::nanoseconds last_plan_{0};
};

/// A batch: the messages come as they are asked for.
class KafkaRangeReader final : public columnar::BatchReader {
 public:
  KafkaRangeReader(const KafkaSettings& settings, const Clock& clock, types::Schema schema,
                   std::vector<int> columns)
      : settings_(settings),
        clock_(clock),
        schema_(std::move(schema)),
        columns_(std::move(columns)) {}

  Status Open() {
    TRY(feed_, KafkaFeed::Open(settings_, clock_));
    TRY(const KafkaOffsets from, feed_->places().At(settings_.start, feed_->partitions(), false));
    TRY(ends_, feed_->places().At(settings_.end, feed_->partitions(), true));
    std::erase_if(ends_, [&](const auto& end) { return !from.contains(end.first); });
    for (const auto& [partition, end] : ends_) {
      if (from.at(partition) <= end) continue;
      return Fail(ErrorKind::kInvalidInput,
                  "topic {}, partition {}: reading begins at {}, behind its end {}",
                  partition.topic, partition.number, from.at(partition), end);
    }
    TRY_DO(feed_->Begin(from));
    std::erase_if(ends_, [&](const auto& end) { return !feed_->partitions().contains(end.first); });
    for (const auto& [partition, end] : ends_) feed_->intake().Limit(partition, end);
    return {};
  }

  Result<columnar::Batch> Next() override {
    KafkaRun run;
    {
      const std::lock_guard lock(mutex_);
      while (run.messages.empty()) {
        if (!HasWaiting()) TRY_DO(feed_->PullUntil(ends_, kBytes));
        if (!HasWaiting()) return columnar::Batch();
        for (const auto& [partition, end] : ends_) {
          int64_t next = end;
          run = feed_->intake().Take(partition, &next, kBytes);
          if (!run.messages.empty()) break;
        }
      }
    }
    return KafkaBatch(run, 0, run.messages.size(), schema_, columns_);
  }

 private:
  static constexpr int64_t kBytes = 8 << 20;

  bool HasWaiting() {
    return std::any_of(ends_.begin(), ends_.end(), [&](const auto& end) {
      return feed_->intake().WaitingBefore(end.first, end.second) > 0;
    });
  }

  KafkaSettings settings_;
  const Clock& clock_;
  types::Schema schema_;
  std::vector<int> columns_;
  std::mutex mutex_;  // guards what follows; held while messages are waited for
  std::unique_ptr<KafkaFeed> feed_;
  KafkaOffsets ends_;
};

class KafkaRelation final : public columnar::Relation {
 public:
  KafkaRelation(KafkaSettings settings, const Clock& clock)
      : settings_(std::move(settings)), clock_(clock), schema_(KafkaColumns(settings_.headers)) {}

  const types::Schema& schema() const override { return schema_; }

  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    auto reader = std::make_unique<KafkaRangeReader>(settings_, clock_, schema_, columns);
    Status opened = reader->Open();
    if (!opened) return Fail(std::move(opened).error().Within(settings_.Describe()));
    return std::unique_ptr<columnar::BatchReader>(std::move(reader));
  }

 private:
  KafkaSettings settings_;
  const Clock& clock_;
  types::Schema schema_;
};

}  // namespace

Result<std::unique_ptr<Source>> MakeKafkaSource(const KafkaSourceOptions& options,
                                                const Clock& clock) {
  TRY(KafkaSettings settings, ParseKafkaOptions(options, /*stream=*/true));
  return std::make_unique<KafkaSource>(std::move(settings), clock);
}

Result<std::unique_ptr<columnar::Relation>> MakeKafkaRelation(const KafkaSourceOptions& options,
                                                              const Clock& clock) {
  TRY(KafkaSettings settings, ParseKafkaOptions(options, /*stream=*/false));
  return std::unique_ptr<columnar::Relation>(
      std::make_unique<KafkaRelation>(std::move(settings), clock));
}

}  // namespace oresmith::connector
