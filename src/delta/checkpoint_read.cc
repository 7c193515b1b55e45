#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <thread>

#include "delta/checkpoint.h"
#include "delta/checkpoint_files.h"
#include "delta/checkpoint_rows.h"
#include "delta/checkpoint_schema.h"
#include "delta/parquet_io.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using storage::ObjectInfo;
using storage::Store;

constexpr int64_t kBatchRows = 16 * 1024;
constexpr size_t kThreadsMax = 4;

/// The field of each column without which a row is none of that column's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kKeyFields = {{
    {"add", "path"},
    {"remove", "path"},
    {"txn", "appId"},
    {"metaData", "id"},
    {"protocol", "minReaderVersion"},
    {"domainMetadata", "domain"},
    {"sidecar", "path"},
}};

/// What of a row group is read: of a hundred leaves, few hold anything in most row groups.
struct Projection {
  types::Schema columns;
  std::vector<int> leaves;
  std::optional<PlainAddLeaves> adds;  // in place of the column, where that will do
};

/// Chooses among the columns we know; not, say, all of add.stats_parsed.
class Projector {
 public:
  explicit Projector(const ParquetFile& file) : file_(file) {
    for (int i = 0; i < file.schema().num_columns(); ++i) {
      const std::vector<std::string> path = file.schema().Column(i)->path()->ToDotVector();
      if (path.size() < 2) continue;
      leaves_.push_back({.index = i, .column = path[0], .field = path[1]});
    }
  }

  Projection Choose(int row_group) const {
    Projection chosen;
    for (types::Field& column : AllCheckpointColumns()) {
      if (!HasRows(column.name, row_group)) continue;
      std::vector<types::Field> fields;
      std::vector<int> leaves;
      for (const types::Field& field : column.type.fields()) {
        if (ChooseField(column.name, field.name, row_group, leaves)) fields.push_back(field);
      }
      if (fields.empty()) continue;
      if (column.name == "add") chosen.adds = FindPlainAdds(file_.schema(), leaves);
      if (column.name == "add" && chosen.adds) continue;
      chosen.leaves.insert(chosen.leaves.end(), leaves.begin(), leaves.end());
      column.type = types::Type::Struct(std::move(fields));
      chosen.columns.push_back(std::move(column));
    }
    std::ranges::sort(chosen.leaves);
    return chosen;
  }

 private:
  struct Leaf {
    int index = 0;
    std::string column;
    std::string field;
  };

  bool HasRows(std::string_view column, int row_group) const {
    const auto* const key =
        std::ranges::find(kKeyFields, column, [](auto& pair) { return pair.first; });
    if (key == kKeyFields.end()) return false;
    return std::ranges::any_of(leaves_, [&](const Leaf& leaf) {
      return leaf.column == column && leaf.field == key->second &&
             !file_.IsAllNull(row_group, leaf.index);
    });
  }

  /// Adds the leaves of the field; false when it has none that say anything.
  bool ChooseField(std::string_view column, std::string_view field, int row_group,
                   std::vector<int>& leaves) const {
    // Elsewhere an empty list is not the same as none.
    const bool may_skip = column == "add" || column == "remove";
    std::vector<int> own;
    bool says_something = !may_skip;
    for (const Leaf& leaf : leaves_) {
      if (leaf.column != column || leaf.field != field) continue;
      own.push_back(leaf.index);
      says_something |= !file_.IsAllNull(row_group, leaf.index);
    }
    if (own.empty() || !says_something) return false;
    leaves.insert(leaves.end(), own.begin(), own.end());
    return true;
  }

  const ParquetFile& file_;
  std::vector<Leaf> leaves_;
};

/// What one row group, or one file in JSON, says.
struct Piece {
  FileList files;
  Actions rest;
};

Result<Piece> ReadRowGroup(const ParquetFile& file, int row_group, const Projection& projection,
                           const Replay& replay) {
  Piece piece;
  if (projection.adds) {
    TRY(piece.files, ReadPlainAdds(file, row_group, *projection.adds, replay));
  }
  if (projection.leaves.empty()) return piece;
  FileListBuilder files(std::move(piece.files));
  TRY(const auto reader, file.Read(row_group, projection.leaves, kBatchRows));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> raw;
    const arrow::Status status = reader->ReadNext(&raw);
    if (!status.ok()) return Fail(file.ReadError(status));
    if (raw == nullptr) break;
    TRY(const columnar::Batch batch, columnar::Conform(raw, projection.columns));
    TRY_DO(ReadAdds(*batch, replay, files));
    TRY_DO(ReadRest(*batch, piece.rest));
  }
  piece.files = files.Finish();
  return piece;
}

/// Calls `job` for each number below `count`, in a few threads; gives the first failure by number.
template <class Job>
Status InThreads(size_t count, const Job& job) {
  std::vector<Status> results(count);
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) results[i] = job(i);
  };
  {
    const size_t threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kThreadsMax);
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(work);
    work();
  }
  for (Status& result : results) {
    if (!result) return result;
  }
  return {};
}

Error InCheckpoint(Error error, Store& store, const std::string& key) {
  // A file that was listed or named and cannot be read: the table's own log is damaged.
  const bool damaged = error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kInvalidInput;
  if (damaged) error.kind = ErrorKind::kCorrupt;
  return std::move(error).Within("read checkpoint " + store.Describe(key));
}

/// The files of one checkpoint, or its sidecars, read in several threads.
class PartsReader {
 public:
  /// The references must outlive it.
  PartsReader(Store& store, const std::vector<std::string>& keys, const Replay& replay)
      : store_(store),
        keys_(keys),
        replay_(replay),
        files_(keys.size()),
        projectors_(keys.size()) {}

  Result<std::vector<Piece>> Read() {
    TRY_DO(InThreads(keys_.size(), [this](size_t i) { return Within(i, Open(i)); }));
    for (size_t i = 0; i < keys_.size(); ++i) {
      const int groups = files_[i] == nullptr ? 1 : files_[i]->row_groups();
      for (int group = 0; group < groups; ++group) jobs_.push_back({i, group});
    }
    pieces_.resize(jobs_.size());
    TRY_DO(
        InThreads(jobs_.size(), [this](size_t i) { return Within(jobs_[i].file, ReadPiece(i)); }));
    return std::move(pieces_);
  }

 private:
  struct Job {
    size_t file = 0;
    int row_group = 0;
  };

  Status Within(size_t file, Status status) const {
    if (status) return status;
    return Fail(InCheckpoint(std::move(status).error(), store_, keys_[file]));
  }

  Status Open(size_t i) {
    if (keys_[i].ends_with(".json")) return {};
    TRY(files_[i], ParquetFile::Open(store_, keys_[i]));
    projectors_[i].emplace(*files_[i]);
    return {};
  }

  Status ReadPiece(size_t i) {
    const Job& job = jobs_[i];
    const auto& file = files_[job.file];
    if (file == nullptr) {
      TRY(const std::string text, store_.Get(keys_[job.file]));
      TRY(pieces_[i].rest, ParseActions(text));
      return {};
    }
    const Projection projection = projectors_[job.file]->Choose(job.row_group);
    TRY(pieces_[i], ReadRowGroup(*file, job.row_group, projection, replay_));
    return {};
  }

  Store& store_;
  const std::vector<std::string>& keys_;
  const Replay& replay_;
  std::vector<std::shared_ptr<const ParquetFile>> files_;  // null for JSON
  std::vector<std::optional<Projector>> projectors_;       // one for each of files_
  std::vector<Job> jobs_;
  std::vector<Piece> pieces_;
};

/// Reads these files into `replay`; gives the sidecars that they name.
Result<std::vector<Sidecar>> ReadParts(Store& store, const std::vector<std::string>& keys,
                                       Replay& replay) {
  TRY(std::vector<Piece> pieces, PartsReader(store, keys, replay).Read());
  std::vector<Sidecar> sidecars;
  for (Piece& piece : pieces) {
    std::ranges::move(piece.rest.sidecars, std::back_inserter(sidecars));
    replay.AddCheckpointFiles(piece.files);
    replay.AddCheckpoint(std::move(piece.rest));
  }
  return sidecars;
}

}  // namespace

Result<std::vector<Sidecar>> ReadSidecars(Store& store, const std::string& key) {
  Replay ignored(Version{0}, 0);
  return ReadParts(store, {key}, ignored);
}

Status ReadCheckpoint(Store& store, const std::string& root, const std::vector<ObjectInfo>& parts,
                      Replay& replay) {
  std::vector<std::string> keys;
  for (const ObjectInfo& part : parts) keys.push_back(part.key);
  TRY(const std::vector<Sidecar> sidecars, ReadParts(store, keys, replay));
  keys.clear();
  for (const Sidecar& sidecar : sidecars) {
    if (IsAbsolutePath(sidecar.path)) {
      return Fail(ErrorKind::kUnsupported, "read checkpoint {}: a sidecar outside of the table: {}",
                  store.Describe(parts.front().key), sidecar.path);
    }
    keys.push_back(LogFolder(root) + "/_sidecars/" + sidecar.path);
  }
  TRY(const std::vector<Sidecar> nested, ReadParts(store, keys, replay));
  static_cast<void>(nested);  // a sidecar names no others
  return {};
}

}  // namespace oresmith::delta
