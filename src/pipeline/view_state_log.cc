// The groups of a view in the storage.
//
// A record: the definition's hash, the number of the part, 1 when the rows are all of them, the
// tables before and after (for each scan its number, version, and identity), the rows as Arrow IPC.
// Numbers are 8 bytes, texts come after their length.

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "pipeline/view_state.h"
#include "state/batch_bytes.h"

namespace oresmith::pipeline {
namespace {

void PutNumber(int64_t number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}
void PutText(std::string_view text, std::string& bytes) {
  PutNumber(static_cast<int64_t>(text.size()), bytes);
  bytes.append(text);
}
/// Past the end all numbers are 0 and all texts empty: such a record fits nothing.
int64_t TakeNumber(std::string_view& bytes) {
  int64_t number = 0;
  if (bytes.size() < sizeof number) {
    bytes = {};
    return 0;
  }
  std::memcpy(&number, bytes.data(), sizeof number);
  bytes.remove_prefix(sizeof number);
  return number;
}
std::string TakeText(std::string_view& bytes) {
  const auto size = static_cast<size_t>(TakeNumber(bytes));
  std::string text(bytes.substr(0, size));
  bytes.remove_prefix(text.size());
  return text;
}

}  // namespace

Result<std::string> ViewState::ToRecord(const Change& change) const {
  std::string record;
  PutText(definition_, record);
  PutNumber(static_cast<int64_t>(change.part), record);
  PutNumber(change.full ? 1 : 0, record);
  for (const SeenTables* tables : {&change.before, &change.after}) {
    PutNumber(static_cast<int64_t>(tables->size()), record);
    for (const auto& [scan, seen] : *tables) {
      PutNumber(scan, record);
      PutNumber(seen.version, record);
      PutText(seen.identity, record);
    }
  }
  TRY(const std::string rows, state::ToBytes(change.rows));
  record += rows;
  return record;
}

void ViewState::Apply(std::string_view record) {
  if (TakeText(record) != definition_) return;
  const auto number = static_cast<size_t>(TakeNumber(record));
  const bool full = TakeNumber(record) == 1;
  if (number >= parts_.size()) return;
  Part& part = parts_[number];
  SeenTables tables[2];
  for (SeenTables& seen : tables) {
    for (int64_t left = TakeNumber(record); left > 0 && !record.empty(); --left) {
      const auto scan = static_cast<int>(TakeNumber(record));
      const int64_t version = TakeNumber(record);
      seen[scan] = {.identity = TakeText(record), .version = version};
    }
  }
  auto rows = state::FromBytes(record);
  const bool follows = full || (part.rows && part.seen == tables[0]);
  if (!rows || !follows) {
    part.rows.reset();
    part.seen.clear();
    return;
  }
  if (full) part.rows.emplace();
  part.rows->insert(part.rows->end(), rows->begin(), rows->end());
  part.seen = tables[1];
}

Status ViewState::Load(const engine::RunContext& context, const std::function<void()>& tick) {
  loaded_ = true;
  const Status loaded =
      log_.Load(std::numeric_limits<int64_t>::max(), [this](std::string_view record) -> Status {
        Apply(record);
        return {};
      });
  if (!loaded && loaded.error().kind != ErrorKind::kCorrupt) return loaded;
  if (!loaded) TRY_DO(log_.Clear());
  next_record_ = log_.last() + 1;
  for (Part& part : parts_) {
    const bool fits = loaded && part.rows &&
                      std::all_of(part.scans.begin(), part.scans.end(),
                                  [&](int scan) { return part.seen.contains(scan) && scan >= 0; });
    if (!fits) {
      part.rows.reset();
      part.seen.clear();
      continue;
    }
    ScanSet states;
    states.Add(columnar::MakeRelation(part.schema, std::move(*part.rows)));
    TRY(part.rows, Run(*part.merge, states, context, tick));
  }
  return {};
}

Status ViewState::Store(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    TRY(const std::string record, ToRecord(change));
    TRY_DO(log_.Append(next_record_++, record));
  }
  int64_t bytes = 0;
  for (const Part& part : parts_) {
    if (!part.rows) continue;
    for (const columnar::Batch& batch : *part.rows) bytes += arrow::util::TotalBufferSize(*batch);
  }
  return log_.Maintain(bytes, [this](const state::ChangeLog::Visit& give) -> Status {
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (!parts_[i].rows) continue;
      TRY(const std::string record, ToRecord({.part = i,
                                              .full = true,
                                              .before = {},
                                              .after = parts_[i].seen,
                                              .rows = *parts_[i].rows}));
      TRY_DO(give(record));
    }
    return {};
  });
}

}  // namespace oresmith::pipeline
