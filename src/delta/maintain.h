#pragma once

// Keeping tables in shape: OPTIMIZE, VACUUM, RESTORE, FSCK and CONVERT.
//
// Each of these works through commits like any writer, so that others may write and read the table
// meanwhile, and each may be killed at any point: the table is whole, and the next run does what is
// left. Source: Spark, OptimizeTableCommand, VacuumCommand, RestoreTableCommand,
// ConvertToDeltaCommand.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// What the work is done with. The table is one of this store; all must outlive the call.
struct MaintainContext {
  storage::Store& store;
  const Clock& clock;
  Random& random;
};

/// Sizes of some files, in bytes.
struct FileSizes {
  int64_t files = 0;
  int64_t total = 0;
  int64_t min = 0;  ///< 0 when there are no files
  int64_t max = 0;

  int64_t average() const { return files == 0 ? 0 : total / files; }
  void Add(int64_t bytes);
};

struct OptimizeOptions {
  /// Files smaller than this are put together up to it; 0: the property delta.targetFileSize, else
  /// 1 GiB.
  int64_t target_file_bytes = 0;
  /// True for partitions to work on, by their values in the log (physical names under column
  /// mapping); empty: all.
  std::function<bool(const PartitionValues&)> partitions = {};
  /// The predicate behind `partitions` as text, for the history.
  std::string predicate_text = {};
  /// Columns whose close values come to lie in the same files, at most 4; empty: only compaction.
  std::vector<std::string> zorder_by = {};
  /// Rewrites every file that has a deletion vector, whatever its size (REORG ... APPLY (PURGE));
  /// else only those with more than one row in 20 deleted.
  bool purge = false;
  /// Said in the history: nobody asked for it.
  bool is_auto = false;
  /// One commit takes in so much of rewritten data at most; what is committed stays when the rest
  /// fails.
  int64_t commit_bytes_max = int64_t{16} << 30;
  /// Memory for sorting by Z-order; the rest is spilled into files beside the table's own.
  int64_t sort_bytes_max = int64_t{256} << 20;
  /// Asked between two groups of files: what is rewritten is committed, the rest is left.
  std::stop_token stop = {};
};

struct OptimizeReport {
  FileSizes added;
  FileSizes removed;
  int64_t partitions = 0;          ///< in which files were rewritten
  int64_t files_considered = 0;    ///< those of the partitions that were asked for
  int64_t deletion_vectors = 0;    ///< removed, with the rows they listed
  int64_t groups_lost = 0;         ///< rewritten for nothing: somebody else changed their files
  std::optional<Version> version;  ///< of the last commit; absent when there was nothing to do
};

/// Rewrites small files (or, with `zorder_by`, all) into files of the target size, within their
/// partitions; the rows stay the same, and readers of changes see nothing. Appends of others go on
/// meanwhile; where others change the same files, only these files are looked at again.
/// Errors: kInvalidInput for columns that cannot be sorted by; kCorrupt for a missing or broken
/// data file; kUnsupported for a table that this version cannot write; kConflict when others change
/// what is being rewritten again and again; those of the store.
Result<OptimizeReport> Optimize(const MaintainContext& context, Table& table,
                                const OptimizeOptions& options);

/// The property delta.autoOptimize.autoCompact.
bool AsksForAutoCompact(const Metadata& metadata);

/// True when the table asks for automatic compaction and some
/// partition has 50 files (oresmith.autoCompact.minFiles) that are less than half of 128 MiB
/// (delta.targetFileSize). Cheap: looks at the files' names and sizes alone.
bool WantsAutoCompact(const Snapshot& snapshot);

/// Compacts these partitions if WantsAutoCompact. To be called in the background, with a Table of
/// its own: it never makes an append fail.
/// Errors: as Optimize; the table is as it was, or partly compacted.
Result<OptimizeReport> AutoCompact(const MaintainContext& context, Table& table,
                                   std::stop_token stop);

struct VacuumOptions {
  /// Absent: the property delta.deletedFileRetentionDuration, else 7 days.
  std::optional<int64_t> retention_ms = {};
  bool dry_run = false;
  /// Allows less than 168 hours: readers and writers that take longer lose their files.
  bool force = false;
  /// Only looks at what the log says was removed, without listing the folder.
  bool lite = false;
  /// So many names come back at most; all files are counted.
  int64_t names_max = 1000;
};

struct VacuumReport {
  std::vector<std::string> names;  ///< paths under the table that are deleted, or would be
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t folders = 0;  ///< that were looked into
  /// Commits of `VACUUM START` and `VACUUM END`; absent when nothing was to be done, or dry.
  std::optional<Version> start_version;
  std::optional<Version> end_version;
};

/// Deletes files in the table's folder that no version within the retention refers to: data files,
/// deletion vectors, change data. Hidden names (`_x`, `.x`) stay, but for `_change_data`,
/// `_delta_index` and partition folders. Only files that are themselves older than the retention
/// are taken, so that those of running writers stay.
/// Errors: kInvalidInput for a retention below 168 hours without `force`; kUnsupported for a table
/// whose writer features are not known; those of the store: what is deleted is deleted, the next
/// call does the rest.
Result<VacuumReport> Vacuum(const MaintainContext& context, Table& table,
                            const VacuumOptions& options);

/// Exactly one of the two.
struct RestoreTarget {
  std::optional<Version> version = {};
  /// The newest version at this time or before.
  std::optional<int64_t> timestamp_ms = {};
};

struct RestoreReport {
  Version restored{0};    ///< whose rows are there again
  Version version{0};     ///< of the commit; the newest one when nothing was to be done
  FileSizes files_after;  ///< of the table
  FileSizes removed;
  FileSizes restored_files;
};

/// Brings back rows, schema and properties of an older version as a new commit. The protocol is
/// never lowered.
/// Errors: kNotFound for a version or time that the log does not have; kInvalidInput, with names,
/// when data files of that version are deleted already; kConflict when others keep changing the
/// table.
Result<RestoreReport> Restore(const MaintainContext& context, Table& table,
                              const RestoreTarget& target);

struct FsckReport {
  std::vector<std::string> missing;          ///< data files that are not there
  std::vector<std::string> missing_vectors;  ///< data files whose deletion vector is not there
  int64_t rows_lost = 0;                     ///< as far as statistics say
  std::optional<Version> version;  ///< of the commit; absent when nothing is missing, or dry
};

/// Takes files out of the table that are no longer in the store, so that it can be read again.
/// Errors: those of the store; kInvalidInput for an append-only table.
Result<FsckReport> Fsck(const MaintainContext& context, Table& table, bool dry_run);

struct ConvertOptions {
  /// Columns that stand in the names of the folders (`a=1/b=2`), outermost first.
  types::Schema partition_columns = {};
  Properties configuration = {};
  std::string name = {};
};

struct ConvertReport {
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t rows = 0;
};

/// Makes the folder `root` of Parquet files a Delta table, in place: the files stay as they are.
/// The schema is that of all files together: columns that some lack are NULL there. Reads each
/// file once, for its statistics.
/// Errors: kNotFound when there is no Parquet file; kAlreadyExists when it is a Delta table;
/// kInvalidInput, with the file, for types that differ in a way that cannot be read as one, for a
/// folder that is no partition or one that was not declared; kCorrupt for a broken file.
Result<ConvertReport> ConvertParquet(const MaintainContext& context, const std::string& root,
                                     const ConvertOptions& options);

}  // namespace oresmith::delta
