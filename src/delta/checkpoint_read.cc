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

/// What is looked for in the files of a checkpoint.
enum class Wanted { kAll, kRest, kFiles, kSizes };

bool IsWanted(std::string_view column, Wanted wanted) {
  const bool is_add = column == "add";
  if (wanted == Wanted::kRest) return !is_add && column != "remove";
  if (wanted == Wanted::kFiles) return is_add || column == "remove" || column == "sidecar";
  if (wanted == Wanted::kSizes) return is_add || column == "sidecar";
  return true;
}

bool IsWanted(std::string_view column, std::string_view field, Wanted wanted) {
  if (wanted != Wanted::kSizes || column != "add") return true;
  return field == "path" || field == "size" || field == "deletionVector";
}

/// What of a row group is read: of a hundred leaves, few hold anything in most row groups.
struct Projection {
  types::Schema columns;
  std::vector<int> leaves;
  std::optional<PlainAddLeaves> adds;  // in place of the column, where that will do
};

/// Chooses among the columns we know; not, say, all of add.stats_parsed.
class Projector {
 public:
  Projector(const ParquetFile& file, Wanted wanted) : file_(file), wanted_(wanted) {
    for (int i = 0; i < file.schema().num_columns(); ++i) {
      const std::vector<std::string> path = file.schema().Column(i)->path()->ToDotVector();
      if (path.size() < 2) continue;
      leaves_.push_back({.index = i, .column = path[0], .field = path[1]});
    }
  }

  Projection Choose(int row_group) const {
    Projection chosen;
    for (types::Field& column : AllCheckpointColumns()) {
      if (!IsWanted(column.name, wanted_) || !HasRows(column.name, row_group)) continue;
      std::vector<types::Field> fields;
      std::vector<int> leaves;
      for (const types::Field& field : column.type.fields()) {
        if (!IsWanted(column.name, field.name, wanted_)) continue;
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
  const Wanted wanted_;
  std::vector<Leaf> leaves_;
};

/// What one row group, or one file in JSON, says.
struct Piece {
  FileList files;
  Actions rest;
};

using TakeRest = std::function<Status(Actions&&)>;

/// Gives what the row group says: files one by one, the rest in pieces.
Status ReadRowGroup(const ParquetFile& file, int row_group, const Projection& projection,
                    const Replay& replay, const TakeFile& take, const TakeRest& take_rest) {
  if (projection.adds) {
    TRY_DO(ReadPlainAdds(file, row_group, *projection.adds, replay, take));
  }
  if (projection.leaves.empty()) return {};
  TRY(const auto reader, file.Read(row_group, projection.leaves, kBatchRows));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> raw;
    const arrow::Status status = reader->ReadNext(&raw);
    if (!status.ok()) return Fail(file.ReadError(status));
    if (raw == nullptr) return {};
    TRY(const columnar::Batch batch, columnar::Conform(raw, projection.columns));
    TRY_DO(ReadAdds(*batch, replay, take));
    Actions rest;
    TRY_DO(ReadRest(*batch, rest));
    TRY_DO(take_rest(std::move(rest)));
  }
}

/// Adds the later `actions` of one checkpoint.
void Append(Actions&& actions, Actions& to) {
  if (actions.protocol) to.protocol = std::move(actions.protocol);
  if (actions.metadata) to.metadata = std::move(actions.metadata);
  std::ranges::move(actions.removes, std::back_inserter(to.removes));
  std::ranges::move(actions.transactions, std::back_inserter(to.transactions));
  std::ranges::move(actions.domains, std::back_inserter(to.domains));
  std::ranges::move(actions.sidecars, std::back_inserter(to.sidecars));
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
  PartsReader(Store& store, const std::vector<std::string>& keys, Wanted wanted,
              const Replay& replay)
      : store_(store),
        keys_(keys),
        wanted_(wanted),
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
    projectors_[i].emplace(*files_[i], wanted_);
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
    Piece& piece = pieces_[i];
    FileListBuilder builder;
    const auto take = [&](const FileView& view) {
      builder.Add(view);
      return Status();
    };
    const auto take_rest = [&](Actions&& rest) {
      Append(std::move(rest), piece.rest);
      return Status();
    };
    TRY_DO(ReadRowGroup(*file, job.row_group, projection, replay_, take, take_rest));
    piece.files = builder.Finish();
    return {};
  }

  Store& store_;
  const std::vector<std::string>& keys_;
  const Wanted wanted_;
  const Replay& replay_;
  std::vector<std::shared_ptr<const ParquetFile>> files_;  // null for JSON
  std::vector<std::optional<Projector>> projectors_;       // one for each of files_
  std::vector<Job> jobs_;
  std::vector<Piece> pieces_;
};

/// Reads these files into `replay`; gives the sidecars that they name.
Result<std::vector<Sidecar>> ReadParts(Store& store, const std::vector<std::string>& keys,
                                       Wanted wanted, Replay& replay) {
  TRY(std::vector<Piece> pieces, PartsReader(store, keys, wanted, replay).Read());
  std::vector<Sidecar> sidecars;
  for (Piece& piece : pieces) {
    if (wanted == Wanted::kRest) {
      piece.rest.adds.clear();
      piece.rest.removes.clear();
    }
    std::ranges::move(piece.rest.sidecars, std::back_inserter(sidecars));
    replay.AddCheckpointFiles(piece.files);
    replay.AddCheckpoint(std::move(piece.rest));
  }
  return sidecars;
}

Result<std::vector<std::string>> KeysOf(const std::vector<Sidecar>& sidecars, Store& store,
                                        const std::string& root, const std::string& named_by) {
  std::vector<std::string> keys;
  for (const Sidecar& sidecar : sidecars) {
    if (IsAbsolutePath(sidecar.path)) {
      return Fail(ErrorKind::kUnsupported, "read checkpoint {}: a sidecar outside of the table: {}",
                  store.Describe(named_by), sidecar.path);
    }
    keys.push_back(LogFolder(root) + "/_sidecars/" + sidecar.path);
  }
  return keys;
}

/// Goes through the files of one checkpoint, one after another.
class Visit {
 public:
  /// The references must outlive it.
  Visit(Store& store, const Replay& newer, const CheckpointVisitor& visitor)
      : store_(store), newer_(newer), visitor_(visitor) {
    if (visitor_.only_sizes) wanted_ = Wanted::kSizes;
  }

  Status File(const std::string& key) {
    auto status = key.ends_with(".json") ? JsonFile(key) : ParquetRows(key);
    if (status || failed_outside_) return status;
    return Fail(InCheckpoint(std::move(status).error(), store_, key));
  }

  const std::vector<Sidecar>& sidecars() const { return sidecars_; }

 private:
  Status JsonFile(const std::string& key) {
    TRY(const std::string text, store_.Get(key));
    TRY(Actions actions, ParseActions(text));
    std::string scratch;
    for (const AddFile& file : actions.adds) {
      if (newer_.Supersedes(file.path, file.deletion_vector_id(), scratch)) continue;
      TRY_DO(Take(ViewOf(file)));
    }
    return TakeRest(std::move(actions));
  }

  Status ParquetRows(const std::string& key) {
    TRY(const auto file, ParquetFile::Open(store_, key));
    const Projector projector(*file, wanted_);
    for (int group = 0; group < file->row_groups(); ++group) {
      TRY_DO(ReadRowGroup(
          *file, group, projector.Choose(group), newer_,
          [this](const FileView& view) { return Take(view); },
          [this](Actions&& rest) { return TakeRest(std::move(rest)); }));
    }
    return {};
  }

  Status Take(const FileView& file) { return Outside(visitor_.add(file)); }

  Status TakeRest(Actions&& rest) {
    std::ranges::move(rest.sidecars, std::back_inserter(sidecars_));
    if (!visitor_.remove) return {};
    std::string scratch;
    for (const RemoveFile& file : rest.removes) {
      if (newer_.Supersedes(file.path, file.deletion_vector_id(), scratch)) continue;
      TRY_DO(Outside(visitor_.remove(file)));
    }
    return {};
  }

  /// What the visitor says is no failure of the checkpoint.
  Status Outside(Status status) {
    if (!status) failed_outside_ = true;
    return status;
  }

  Store& store_;
  const Replay& newer_;
  const CheckpointVisitor& visitor_;
  Wanted wanted_ = Wanted::kFiles;
  std::vector<Sidecar> sidecars_;
  bool failed_outside_ = false;
};

}  // namespace

Result<std::vector<Sidecar>> ReadSidecars(Store& store, const std::string& key) {
  Replay ignored(Version{0}, 0);
  return ReadParts(store, {key}, Wanted::kRest, ignored);
}

Status ReadCheckpoint(Store& store, const std::string& root, const std::vector<std::string>& keys,
                      CheckpointPart part, Replay& replay) {
  const Wanted wanted = part == CheckpointPart::kAll ? Wanted::kAll : Wanted::kRest;
  TRY(const std::vector<Sidecar> sidecars, ReadParts(store, keys, wanted, replay));
  if (part == CheckpointPart::kRest) return {};
  TRY(const std::vector<std::string> files, KeysOf(sidecars, store, root, keys.front()));
  TRY(const std::vector<Sidecar> nested, ReadParts(store, files, wanted, replay));
  static_cast<void>(nested);  // a sidecar names no others
  return {};
}

Status VisitCheckpoint(Store& store, const std::string& root, const FileBase& base,
                       const Replay& newer, const CheckpointVisitor& visitor) {
  Visit visit(store, newer, visitor);
  for (const std::string& key : base.keys) TRY_DO(visit.File(key));
  if (visit.sidecars().empty()) return {};
  TRY(const std::vector<std::string> files,
      KeysOf(visit.sidecars(), store, root, base.keys.front()));
  for (const std::string& key : files) TRY_DO(visit.File(key));
  return {};
}

Result<FileSums> SumCheckpoint(Store& store, const std::string& root, const FileBase& base,
                               const Replay& newer) {
  FileSums sums;
  const CheckpointVisitor visitor{.add =
                                      [&](const FileView& file) {
                                        sums.files += 1;
                                        sums.bytes += file.size_bytes;
                                        return Status();
                                      },
                                  .only_sizes = true};
  TRY_DO(VisitCheckpoint(store, root, base, newer, visitor));
  return sums;
}

}  // namespace oresmith::delta
