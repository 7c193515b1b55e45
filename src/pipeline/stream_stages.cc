#include "pipeline/stream_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace oresmith::pipeline {
namespace {

constexpr int64_t kMicrosOfMilli = 1000;

int64_t FloorMillis(int64_t micros) {
  return micros / kMicrosOfMilli - (micros % kMicrosOfMilli < 0 ? 1 : 0);
}
int64_t MicrosOf(const std::optional<int64_t>& millis) {
  return millis ? *millis * kMicrosOfMilli : kNoWatermark;
}

// A record: the watermark of its epoch in milliseconds; then for each stage that changed its
// number, the size of what changed, and that. The change of a watermark is its own milliseconds.

void PutWord(int64_t value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
int64_t TakeWord(std::string_view& bytes) {
  int64_t value = 0;
  if (bytes.size() < sizeof value) {
    bytes = {};
    return 0;
  }
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}
void PutChange(size_t stage, std::string_view change, std::string& record) {
  PutWord(static_cast<int64_t>(stage), record);
  PutWord(static_cast<int64_t>(change.size()), record);
  record.append(change);
}
std::string WordOf(int64_t value) {
  std::string bytes;
  PutWord(value, bytes);
  return bytes;
}

std::string_view NameOf(const sql::StreamStage& stage) {
  if (std::holds_alternative<sql::FirstStage>(stage.work)) return "deduplication";
  if (std::holds_alternative<sql::HoldStage>(stage.work)) return "groups by time";
  if (std::holds_alternative<sql::JoinStage>(stage.work)) return "join of streams";
  return "watermark";
}

types::Schema SchemaOf(const sql::Plan& plan) {
  types::Schema schema;
  for (const sql::Attribute& column : plan.root->output) {
    schema.push_back({.name = column.name, .type = column.type, .nullable = true});
  }
  return schema;
}

void Join(engine::RunReport& whole, engine::RunReport part) {
  constexpr size_t kBadValuesMax = 10'000;
  for (engine::BadValue& bad : part.bad_values) {
    if (whole.bad_values.size() < kBadValuesMax) whole.bad_values.push_back(std::move(bad));
  }
  whole.bad_count += part.bad_count;
  for (engine::CallFields& fields : part.fields) whole.fields.push_back(std::move(fields));
}

}  // namespace

StreamStages::StreamStages(storage::Store& store, StreamStagesOptions options)
    : store_(store), options_(std::move(options)), log_(store, options_.state_root) {}

Result<std::unique_ptr<StreamStages>> StreamStages::Open(engine::Engine& engine,
                                                         storage::Store& store,
                                                         sql::StreamPlan plan,
                                                         StreamStagesOptions options) {
  std::unique_ptr<StreamStages> opened(new StreamStages(store, std::move(options)));
  for (const sql::StreamStage& stage : plan.stages) opened->signature_ += DescribeState(stage);
  const auto with_state = std::count_if(plan.stages.begin(), plan.stages.end(), [](const auto& s) {
    return !std::holds_alternative<sql::WatchStage>(s.work);
  });
  opened->memory_bytes_max_ = opened->options_.memory_bytes_max / std::max<int64_t>(with_state, 1);
  for (sql::StreamStage& stage : plan.stages) TRY_DO(opened->Add(engine, std::move(stage)));
  opened->rest_plan_.scans = std::move(plan.rest.scans);
  TRY(opened->rest_, engine.Prepare(std::move(plan.rest.plan)));
  return opened;
}

Status StreamStages::Add(engine::Engine& engine, sql::StreamStage stage) {
  Stage added;
  added.output = std::move(stage.output);
  std::vector<types::Schema> schemas;
  for (sql::PartialPlan& input : stage.inputs) {
    schemas.push_back(SchemaOf(input.plan));
    const auto* scan = std::get_if<sql::Scan>(&input.plan.root->node);
    added.inputs.push_back({.scans = input.scans, .columns = {}, .query = nullptr});
    if (scan != nullptr) {
      added.inputs.back().columns = scan->columns;
    } else {
      TRY(added.inputs.back().query, engine.Prepare(std::move(input.plan)));
    }
  }
  StageOptions options{.operation = fmt::format("{}: {}", options_.display, NameOf(stage)),
                       .seed = options_.seed,
                       .memory_bytes_max = memory_bytes_max_,
                       .spill_directory = options_.spill_directory};
  if (const auto* watch = std::get_if<sql::WatchStage>(&stage.work)) {
    added.watched = watch->time;
  } else if (const auto* first = std::get_if<sql::FirstStage>(&stage.work)) {
    added.work = MakeFirstWork(*first, stage.origins[0], std::move(options));
  } else if (auto* hold = std::get_if<sql::HoldStage>(&stage.work)) {
    TRY(added.work, MakeHoldWork(engine, std::move(*hold), std::move(schemas[0]), stage.origins[0],
                                 std::move(options)));
  } else {
    TRY(added.work, MakeJoinWork(engine, std::move(std::get<sql::JoinStage>(stage.work)),
                                 std::move(schemas), stage.origins, std::move(options)));
  }
  stages_.push_back(std::move(added));
  return {};
}

Status StreamStages::Load(int64_t epoch) {
  loaded_ = false;
  watermark_ms_.reset();
  for (Stage& stage : stages_) {
    stage.watermark_ms.reset();
    if (stage.work) stage.work->Clear();
  }
  TRY_DO(CheckSignature(epoch < 0));
  TRY_DO(log_.Load(epoch, [&](std::string_view record) { return Apply(record); }));
  loaded_ = true;
  return {};
}

Status StreamStages::CheckSignature(bool is_new) {
  const std::string key = options_.state_root + "/query";
  if (is_new) return store_.Put(key, signature_);
  const auto stored = store_.Get(key);
  if (!stored && stored.error().kind != ErrorKind::kNotFound) return Fail(stored.error());
  if (stored && *stored == signature_) return {};
  return Fail(
      MakeError(ErrorKind::kInvalidInput, "{}: its query keeps another state than before: {}",
                options_.display, stored ? "it was changed" : "it kept none")
          .WithNote(fmt::format("before:\n{}now:\n{}", stored.value_or("nothing\n"), signature_))
          .WithFix("rebuild the tables: oresmith run --full-refresh-all; or take the change back"));
}

Status StreamStages::Apply(std::string_view record) {
  const int64_t watermark = TakeWord(record);
  watermark_ms_ = watermark == kNoWatermark ? std::nullopt : std::optional(watermark);
  while (!record.empty()) {
    const auto number = static_cast<size_t>(TakeWord(record));
    const auto size = static_cast<size_t>(TakeWord(record));
    if (number >= stages_.size() || size > record.size()) {
      return Fail(ErrorKind::kCorrupt, "read state {}: it is of another query",
                  store_.Describe(options_.state_root));
    }
    std::string_view change = record.substr(0, size);
    record.remove_prefix(size);
    Stage& stage = stages_[number];
    if (stage.work) {
      TRY_DO(stage.work->Apply(change, MicrosOf(watermark_ms_)));
    } else {
      stage.watermark_ms = TakeWord(change);
    }
  }
  // What ended without a change of its stage.
  for (Stage& stage : stages_) {
    if (stage.work) TRY_DO(stage.work->Apply({}, MicrosOf(watermark_ms_)));
  }
  return {};
}

std::optional<int64_t> StreamStages::NextWatermark() const {
  std::optional<int64_t> least;
  for (const Stage& stage : stages_) {
    if (!stage.watched) continue;
    if (!stage.watermark_ms) return watermark_ms_;
    least = least ? std::min(*least, *stage.watermark_ms) : *stage.watermark_ms;
  }
  // It never goes back.
  if (watermark_ms_ && (!least || *least < *watermark_ms_)) return watermark_ms_;
  return least;
}

int64_t StreamStages::next_watermark_ms() const {
  return std::max<int64_t>(0, NextWatermark().value_or(0));
}

int64_t StreamStages::bytes() const {
  int64_t bytes = 0;
  for (const Stage& stage : stages_) bytes += stage.work ? stage.work->bytes() : 0;
  return bytes;
}

bool StreamStages::WantsEpoch() const {
  const auto next = NextWatermark();
  if (!loaded_ || !next || next == watermark_ms_) return false;
  return std::any_of(stages_.begin(), stages_.end(), [&](const Stage& stage) {
    return stage.work && stage.work->HasOver(MicrosOf(next));
  });
}

Result<Batches> StreamStages::InputOf(const Input& input, const Relations& relations,
                                      const StageContext& context,
                                      engine::RunReport& report) const {
  std::vector<std::unique_ptr<columnar::Relation>> made;
  std::vector<const columnar::Relation*> read;
  for (const int scan : input.scans) read.push_back(RelationOf(scan, relations, made));
  Batches batches;
  if (input.query == nullptr) {
    TRY(const auto reader, read[0]->Open(input.columns));
    while (true) {
      TRY(columnar::Batch batch, reader->Next());
      if (batch == nullptr) return batches;
      batches.push_back(std::move(batch));
    }
  }
  TRY(engine::RunReport part, input.query->Run(read, context.run, [&](columnar::Batch batch) {
    context.tick();
    if (batch->num_rows() > 0) batches.push_back(std::move(batch));
    return Status{};
  }));
  Join(report, std::move(part));
  return batches;
}

const columnar::Relation* StreamStages::RelationOf(
    int scan, const Relations& relations,
    std::vector<std::unique_ptr<columnar::Relation>>& made) const {
  if (scan >= 0) return relations[static_cast<size_t>(scan)];
  const Stage& stage = stages_[static_cast<size_t>(-1 - scan)];
  made.push_back(columnar::MakeRelation(stage.output, stage.rows));
  return made.back().get();
}

void StreamStages::Watch(Stage& stage) {
  for (const columnar::Batch& batch : stage.rows) {
    for (const int64_t time :
         state::TimesOf(*batch, {.column = stage.watched->column, .is_window = false})) {
      if (time == state::kNoTime) continue;
      const int64_t millis = FloorMillis(time) - stage.watched->time.delay_ms;
      stage.watermark_ms = std::max(stage.watermark_ms.value_or(millis), millis);
    }
  }
}

Result<engine::RunReport> StreamStages::Run(const Relations& relations,
                                            const engine::RunContext& run,
                                            const std::function<void()>& tick,
                                            const std::function<Status(columnar::Batch)>& consume) {
  ORESMITH_ASSERT(loaded_);
  // Until the epoch is committed the state is ahead of the table.
  loaded_ = false;
  late_.clear();
  const std::optional<int64_t> watermark = NextWatermark();
  const StageContext context{.late_us = MicrosOf(watermark_ms_),
                             .over_us = MicrosOf(watermark),
                             .run = run,
                             .tick = tick,
                             .late = [this](LateRow row) { late_.push_back(std::move(row)); }};
  engine::RunReport report;
  for (Stage& stage : stages_) {
    std::vector<Batches> inputs;
    for (const Input& input : stage.inputs) {
      TRY(inputs.emplace_back(), InputOf(input, relations, context, report));
    }
    if (stage.work == nullptr) {
      stage.rows = std::move(inputs[0]);
      Watch(stage);
      continue;
    }
    TRY(stage.rows, stage.work->Run(std::move(inputs), context));
  }
  watermark_ms_ = watermark;
  std::vector<std::unique_ptr<columnar::Relation>> made;
  std::vector<const columnar::Relation*> read;
  for (const int scan : rest_plan_.scans) read.push_back(RelationOf(scan, relations, made));
  TRY(engine::RunReport part, rest_->Run(read, run, consume));
  Join(report, std::move(part));
  for (Stage& stage : stages_) stage.rows.clear();
  return report;
}

Status StreamStages::Persist(int64_t epoch) {
  std::string record = WordOf(watermark_ms_.value_or(kNoWatermark));
  const size_t empty = record.size();
  for (size_t i = 0; i < stages_.size(); ++i) {
    Stage& stage = stages_[i];
    if (stage.work == nullptr) {
      if (stage.watermark_ms) PutChange(i, WordOf(*stage.watermark_ms), record);
      continue;
    }
    TRY(const std::string changes, stage.work->Changes());
    if (!changes.empty()) PutChange(i, changes, record);
  }
  if (record.size() == empty && !watermark_ms_) return {};
  return log_.Append(epoch, record);
}

Status StreamStages::GiveState(const state::ChangeLog::Visit& give) const {
  const std::string head = WordOf(watermark_ms_.value_or(kNoWatermark));
  std::string watermarks = head;
  for (size_t i = 0; i < stages_.size(); ++i) {
    const Stage& stage = stages_[i];
    if (stage.work == nullptr && stage.watermark_ms) {
      PutChange(i, WordOf(*stage.watermark_ms), watermarks);
    }
  }
  TRY_DO(give(watermarks));
  for (size_t i = 0; i < stages_.size(); ++i) {
    if (stages_[i].work == nullptr) continue;
    TRY_DO(stages_[i].work->State([&](std::string_view piece) {
      std::string record = head;
      PutChange(i, piece, record);
      return give(record);
    }));
  }
  return {};
}

Status StreamStages::Committed() {
  loaded_ = true;
  return log_.Maintain(bytes(),
                       [this](const state::ChangeLog::Visit& give) { return GiveState(give); });
}

}  // namespace oresmith::pipeline
