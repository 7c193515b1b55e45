#pragma once

// Delta Lake tables: the front door of the library. Open or create a table, look at a snapshot,
// write data files, commit, scan. All I/O goes through the Store that is passed in.
// Source: Delta PROTOCOL.md. Tables are created as reader 1 / writer 2 without table features.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "columnar/batch.h"
#include "delta/file_list.h"
#include "storage/store.h"
#include "types/type.h"

namespace oresmith::delta {

/// Number of a commit: 0 creates the table, then +1 each. Neither a row count nor a time.
enum class Version : int64_t {};
inline int64_t Number(Version version) { return static_cast<int64_t>(version); }

using Properties = std::map<std::string, std::string>;
/// Column name to the value's text; absent value: NULL.
using PartitionValues = std::map<std::string, std::optional<std::string>>;

struct Protocol {
  int min_reader_version = 1;
  int min_writer_version = 2;
  std::optional<std::vector<std::string>> reader_features;
  std::optional<std::vector<std::string>> writer_features;
};

struct Metadata {
  std::string id;  // UUID
  std::string name;
  std::string description;
  types::Schema schema;
  std::vector<std::string> partition_columns;
  Properties configuration;
  int64_t created_ms = 0;
};

/// Where the deleted rows of a file are listed.
struct DeletionVector {
  std::string storage_type;  ///< "u" beside the data, "i" inline, "p" an absolute path
  std::string path_or_inline;
  std::optional<int64_t> offset;
  int64_t size_bytes = 0;
  int64_t cardinality = 0;  ///< deleted rows

  /// Tells two versions of one file apart. Source: Delta PROTOCOL.md, "Derived Fields".
  std::string unique_id() const;
};

/// What only tables with special features say of a file. Kept as it came.
struct FileExtras {
  std::optional<DeletionVector> deletion_vector;
  std::map<std::string, std::optional<std::string>> tags;
  std::optional<int64_t> base_row_id;
  std::optional<int64_t> default_row_commit_version;
  std::string clustering_provider;
};

/// A data file of the table ("add" action).
struct AddFile {
  std::string path;  ///< decoded, relative to the table's root
  PartitionValues partition_values;
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;
  bool data_change = true;
  std::string stats = {};                         ///< JSON, or empty
  int64_t num_records = -1;                       ///< physical rows, from stats; -1 when unknown
  std::shared_ptr<const FileExtras> extras = {};  ///< null for most files

  /// "" when no rows of the file are deleted.
  std::string deletion_vector_id() const;
};

/// A file that is no longer part of the table ("remove" action): a tombstone for VACUUM.
struct RemoveFile {
  std::string path;  ///< decoded
  std::optional<int64_t> deletion_ms;
  bool data_change = true;
  /// True: `partition_values` and `size_bytes` are known.
  bool extended = false;
  PartitionValues partition_values = {};
  int64_t size_bytes = 0;
  std::shared_ptr<const FileExtras> extras = {};

  std::string deletion_vector_id() const;
};

/// A file of rows that a commit changed, for the change feed ("cdc" action). It lies in
/// `_change_data` and holds the columns of the table and `_change_type`.
struct ChangeFile {
  std::string path;  ///< decoded, relative to the table's root
  PartitionValues partition_values = {};
  int64_t size_bytes = 0;
};

/// Settings of an application or of a table feature, kept with the table ("domainMetadata" action).
struct DomainMetadata {
  std::string domain;
  std::string configuration;
  bool removed = false;
};

/// The application transaction that makes a write idempotent ("txn" action).
struct AppTransaction {
  std::string app_id;
  int64_t version = 0;
};

/// What a commit says of itself. It is free text: any of it may be missing in a foreign one.
struct CommitInfo {
  int64_t timestamp_ms = 0;
  std::string operation = {};                                    // "WRITE", "STREAMING UPDATE", ...
  std::map<std::string, std::string> operation_parameters = {};  // values: text, else JSON
  std::map<std::string, std::string> operation_metrics = {};
  std::optional<Version> read_version = {};
  std::string isolation_level = {};
  std::optional<bool> is_blind_append = {};
  std::string user_metadata = {};
  std::string engine_info = {};
};

/// The table at one version. Immutable.
struct Snapshot {
  Version version{0};
  Protocol protocol;
  Metadata metadata;
  FileList files;                               // not held: Table::LoadSnapshot has them
  FileSums sums;                                // over the files, for when they are not held
  std::map<std::string, int64_t> transactions;  // app id to version
  std::map<std::string, std::string> domains;   // domain to configuration
  int64_t timestamp_ms = 0;                     // of the newest commit

  int64_t size_bytes() const;
  /// Absent when they would have to be counted.
  std::optional<int64_t> num_files() const;
  /// Rows of all files, when each file's statistics say it and the files are held.
  std::optional<int64_t> num_records() const;
};

struct CreateOptions {
  types::Schema schema;
  std::vector<std::string> partition_columns = {};
  /// `delta.feature.<name>` = "supported" asks for a feature; properties that rest on a feature
  /// bring it along. Without them a table is what every reader knows: reader 1, writer 2.
  Properties configuration = {};
  std::string name = {};
  std::string description = {};
};

/// Which foreign commits a request that read rows cannot stand. Source: Spark, IsolationLevel.
enum class Isolation {
  kTable,              ///< what the property delta.isolationLevel says, else kSerializable
  kSerializable,       ///< any rows that came where it read
  kWriteSerializable,  ///< not the rows of blind appends
};

/// What of the table a request rests on. Files that it removes count as read.
struct ReadSet {
  bool whole_table = false;
  /// True for a file that may hold rows which were asked for: to be answered from partition values
  /// and statistics (either may be missing), true when in doubt. Empty: nothing was read this way.
  std::function<bool(const AddFile&)> may_match = {};
  std::vector<std::string> paths = {};  ///< of AddFile

  bool empty() const { return !whole_table && !may_match && paths.empty(); }
};

struct CommitRequest {
  /// Spark's word: "STREAMING UPDATE", "WRITE", "CREATE OR REPLACE TABLE AS SELECT".
  std::string operation = "WRITE";
  /// Written to commitInfo.operationParameters; values as JSON text.
  std::map<std::string, std::string> operation_parameters = {};
  /// Added to what is counted here anyway (files, rows, bytes), and before it in a clash.
  std::map<std::string, std::string> operation_metrics = {};
  std::string user_metadata = {};
  /// Their extras are written as they are; a table with row tracking numbers their rows.
  std::vector<AddFile> adds = {};
  /// What of `adds` is not durable yet: FileWriter::CloseInto.
  std::vector<std::shared_ptr<storage::Unsynced>> unsynced = {};
  /// Files of the snapshot, as they are there. A file whose deletion vector changes is in `removes`
  /// with the old one and in `adds` with the new one.
  std::vector<AddFile> removes = {};
  /// False: the same rows in other files (OPTIMIZE), which readers of changes pass over.
  bool data_change = true;
  std::vector<ChangeFile> change_files = {};
  /// Replaces all files of the table by `adds`, whatever a concurrent append added meanwhile is a
  /// conflict.
  bool overwrite = false;
  std::vector<AppTransaction> transactions = {};
  /// One per domain. Domains that begin with "delta." are the table features' own.
  std::vector<DomainMetadata> domains = {};
  /// New schema, description or configuration; absent: unchanged.
  std::optional<Metadata> metadata = {};
  /// Table features by name that the table must have from now on; those that properties and types
  /// of `metadata` need come by themselves.
  std::vector<std::string> features = {};
  ReadSet reads = {};
  Isolation isolation = Isolation::kTable;
  /// The version of the snapshot in which the rows were read; absent: the newest one known.
  std::optional<Version> read_version = {};
};

/// Who writes checkpoints and checksums, and cleans the log up.
enum class Upkeep {
  kInCommit,    ///< the commit itself, before it returns
  kBackground,  ///< a thread of the table's own; the table's destructor waits for it
};

/// Which of its files a table has in memory.
enum class FilesHeld {
  kAll,
  /// Only those that came since the last checkpoint: a table that is appended to then needs as much
  /// memory with a million files as with ten. snapshot() has no files: LoadSnapshot reads them, as
  /// does each commit that removes or has read some. The files that are added must be new ones.
  kSinceCheckpoint,
};

struct WriterOptions {
  int64_t file_bytes_max = 128 << 20;  ///< a new file is begun past this estimate
  std::string compression = "zstd";
};

/// Writes rows into data files of one table; nothing is part of the table until Commit.
/// One thread at a time.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  /// REQUIRES: the batch conforms to the table's schema (columnar::Conform).
  /// Errors: kInvalidInput for a NULL in a column that is NOT NULL; those of the store.
  virtual Status Write(const columnar::Batch& batch) = 0;
  /// Finishes all files; durable when it returns. REQUIRES: called once, last.
  virtual Result<std::vector<AddFile>> Close() = 0;
  /// As Close, for the files of one commit: adds them to `request`. They are durable when the
  /// commit is, which syncs them beside itself; a disk takes half as long for that.
  virtual Status CloseInto(CommitRequest& request);
};

/// One table. Keeps the newest known snapshot in memory and brings it forward by its own and by
/// foreign commits. Calls of one Table come from one thread at a time; snapshot() may be called
/// from any thread.
class Table {
 public:
  virtual ~Table() = default;

  /// Errors: kNotFound when there is no `_delta_log`; kUnsupported with the name of a reader
  /// feature that is not known; kCorrupt with table, version and file.
  static Result<std::unique_ptr<Table>> Open(storage::Store& store, std::string root,
                                             const Clock& clock, Random& random,
                                             Upkeep upkeep = Upkeep::kInCommit,
                                             FilesHeld held = FilesHeld::kAll);
  /// As Open, at an older version. The result is for reading only.
  static Result<std::unique_ptr<Table>> OpenAt(storage::Store& store, std::string root,
                                               Version version, const Clock& clock, Random& random);
  /// Commits version 0.
  /// Errors: kAlreadyExists when the folder holds a table; kInvalidInput when it holds other files,
  /// or when a column name cannot be written without column mapping (one of " ,;{}()\n\t=").
  static Result<std::unique_ptr<Table>> Create(storage::Store& store, std::string root,
                                               const CreateOptions& options, const Clock& clock,
                                               Random& random, Upkeep upkeep = Upkeep::kInCommit,
                                               FilesHeld held = FilesHeld::kAll);

  /// The newest known version; without its files if the table does not hold them.
  virtual std::shared_ptr<const Snapshot> snapshot() const = 0;
  /// The same with its files, read from the log unless they are in memory; they stay there for as
  /// long as the result does. Errors: those of Open.
  virtual Result<std::shared_ptr<const Snapshot>> LoadSnapshot() const = 0;
  virtual const std::string& root() const = 0;
  /// Takes in commits of others.
  virtual Status Refresh() = 0;

  /// A writer with the schema of snapshot(), or of `metadata` when given (a schema that will be
  /// committed together with the files).
  virtual Result<std::unique_ptr<FileWriter>> NewWriter(const WriterOptions& options,
                                                        const Metadata* metadata) = 0;

  /// Commits after the newest version; appends are rebased over foreign commits without limit.
  /// Errors: kConflict when a foreign commit changed what this one rests on, or carries one of our
  /// `transactions` (a second instance runs); kUnsupported for a writer feature that is not known;
  /// kInvalidInput for what this table does not allow; kUnavailable when the store does not answer:
  /// the commit may be done or not, its data files must stay, and the next call finds out.
  virtual Result<Version> Commit(const CommitRequest& request) = 0;

  /// The rows of the snapshot; columns in schema order, partition columns filled in. Files that the
  /// snapshot does not hold are looked up when the rows are read.
  /// Errors while reading: kCorrupt for a missing or broken file, with table, version and file.
  virtual std::unique_ptr<columnar::Relation> Scan(
      std::shared_ptr<const Snapshot> snapshot) const = 0;

  /// The rows that were added by the versions after `from` up to `to`, for an append-only tail.
  /// Errors: kUnsupported when one of these versions removed or changed rows (with the version).
  virtual Result<std::unique_ptr<columnar::Relation>> ScanChanges(Version from,
                                                                  Version to) const = 0;

  /// The tombstones of the newest version: what VACUUM must not take yet, by their age.
  virtual Result<std::vector<RemoveFile>> Tombstones() const = 0;

  /// Commit information, newest first, at most `limit` versions.
  virtual Result<std::vector<std::pair<Version, CommitInfo>>> History(int limit) const = 0;

  /// The newest failure of a checkpoint, a checksum or a clean-up, once, for the log: a commit
  /// succeeds without them. Also a checksum of others that does not fit what the log says.
  virtual std::optional<Error> TakeCheckpointError() { return std::nullopt; }
};

}  // namespace oresmith::delta
