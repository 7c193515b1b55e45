// OPTIMIZE, VACUUM, RESTORE, FSCK REPAIR TABLE, CONVERT TO DELTA: the Delta library does the work;
// here the statement's words are given their meaning, and reports become rows as Databricks prints
// them.

#include "delta/maintain.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "command/command_internal.h"
#include "command/partition_filter.h"

namespace oresmith::command {
namespace {

constexpr double kHourMs = 3'600'000;
constexpr const char* kRetentionCheck = "spark.databricks.delta.retentionDurationCheck.enabled";

delta::MaintainContext MaintainContextOf(const OpenTable& open, Context& context) {
  return {
      .store = *open.place.store, .clock = context.host.clock(), .random = context.host.random()};
}

/// The library knows folders, not statements.
tl::unexpected<Error> FailPlaced(Error error, sql::Span span, Context& context) {
  if (!error.place) error.place = context.source.Place(span);
  return Fail(std::move(error));
}

// ---- OPTIMIZE -------------------------------------------------------------------------------

/// The column as the table spells it.
Result<std::string> ZOrderColumn(const OpenTable& open, const sql::Identifier& name,
                                 Context& context) {
  std::string names;
  for (const types::Field& field : open.table->snapshot()->metadata.schema) {
    if (Upper(field.name) == Upper(name.text)) return field.name;
    names += (names.empty() ? "" : ", ") + field.name;
  }
  return Fail(MakeError(ErrorKind::kInvalidInput, "optimize {}: ZORDER BY: there is no column {}",
                        open.place.name, name.text)
                  .At(context.source.Place(name.span))
                  .WithFix("its columns: " + names));
}

types::Field RecordColumn(std::string name, types::Schema fields) {
  return {.name = std::move(name), .type = types::Type::Struct(std::move(fields))};
}

types::Schema SizeColumns() {
  return {NumberColumn("min"),
          NumberColumn("max"),
          {.name = "avg", .type = types::Type(types::TypeId::kDouble)},
          NumberColumn("totalFiles"),
          NumberColumn("totalSize")};
}

/// Source: Spark, FileSizeMetrics: no least and no greatest of no files.
Cell SizeCell(const delta::FileSizes& sizes) {
  if (sizes.files == 0) return RecordCell({Cell(), Cell(), 0.0, int64_t{0}, int64_t{0}});
  const double average = static_cast<double>(sizes.total) / static_cast<double>(sizes.files);
  return RecordCell({sizes.min, sizes.max, average, sizes.files, sizes.total});
}

/// Source: Spark, OptimizeMetrics, as far as it means anything here.
CommandResult OptimizeRows(const std::string& path, const delta::OptimizeReport& report) {
  const types::Schema metrics = {
      NumberColumn("numFilesAdded"),
      NumberColumn("numFilesRemoved"),
      RecordColumn("filesAdded", SizeColumns()),
      RecordColumn("filesRemoved", SizeColumns()),
      NumberColumn("partitionsOptimized"),
      NumberColumn("totalConsideredFiles"),
      NumberColumn("totalFilesSkipped"),
      RecordColumn("deletionVectorStats", {NumberColumn("numDeletionVectorsRemoved")})};
  return MakeRows(
      {TextColumn("path"), RecordColumn("metrics", metrics)},
      {{path, RecordCell({report.added.files, report.removed.files, SizeCell(report.added),
                          SizeCell(report.removed), report.partitions, report.files_considered,
                          report.files_considered - report.removed.files,
                          RecordCell({report.deletion_vectors})})}});
}

// ---- VACUUM ---------------------------------------------------------------------------------

Result<std::optional<int64_t>> RetentionOf(const sql::Vacuum& command, Context& context) {
  if (!command.retain_hours) return std::nullopt;
  constexpr double kHoursMax = 1e9;  // 100,000 years
  if (*command.retain_hours >= 0 && *command.retain_hours <= kHoursMax) {
    return static_cast<int64_t>(std::llround(*command.retain_hours * kHourMs));
  }
  return Fail(MakeError(ErrorKind::kInvalidInput, "vacuum {}: RETAIN {} HOURS is no time to wait",
                        command.table.name.back().text, *command.retain_hours)
                  .At(context.source.Place(command.table.span))
                  .WithFix("write VACUUM t RETAIN 168 HOURS"));
}

// ---- RESTORE --------------------------------------------------------------------------------

Result<delta::RestoreTarget> TargetOf(const sql::Restore& command, const OpenTable& open,
                                      Context& context) {
  if (command.timestamp_as_of != nullptr) {
    const sql::Span span = command.timestamp_as_of->span;
    auto micros = context.host.TimeOf(TextOf(context.source, span));
    if (!micros) return FailPlaced(std::move(micros).error(), span, context);
    const int64_t millis = *micros / 1000 - (*micros % 1000 < 0 ? 1 : 0);
    return delta::RestoreTarget{.timestamp_ms = millis};
  }
  const sql::Span span = command.version_as_of->span;
  const std::string text = TextOf(context.source, span);
  const int64_t newest = Number(open.table->snapshot()->version);
  int64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && version >= 0 && version <= newest) {
    return delta::RestoreTarget{.version = delta::Version{version}};
  }
  return Fail(MakeError(ErrorKind::kInvalidInput, "restore {}: there is no version {}",
                        open.place.name, text)
                  .At(context.source.Place(span))
                  .WithFix(fmt::format("the newest is {}; DESCRIBE HISTORY {} lists them", newest,
                                       open.place.name)));
}

// ---- CONVERT --------------------------------------------------------------------------------

/// parquet.`/path`: the place behind it.
Result<TablePlace> ParquetPlace(const sql::TableTarget& target, Context& context) {
  const std::vector<std::string> parts = PartsOf(target.name);
  if (parts.size() != 2 || Upper(parts[0]) != "PARQUET" ||
      parts[1].find('/') == std::string::npos) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "convert {}: only a folder of Parquet files can be converted",
                          TextOf(context.source, target.span))
                    .At(context.source.Place(target.span))
                    .WithFix("write CONVERT TO DELTA parquet.`/path/of/the/folder`"));
  }
  auto place = context.host.PlaceOf({"delta", parts[1]});
  if (!place) return FailPlaced(std::move(place).error(), target.span, context);
  place->name = fmt::format("parquet.`{}`", parts[1]);
  return place;
}

}  // namespace

Result<CommandResult> Run(const sql::Optimize& command, Context& context) {
  TRY(OpenTable open, Open(command.table, context));
  if (command.full) {
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "optimize {}: FULL is for tables with liquid clustering, which this "
                          "version does not cluster",
                          open.place.name)
                    .At(context.source.Place(command.table.span))
                    .WithFix("write OPTIMIZE t, or OPTIMIZE t ZORDER BY (c)"));
  }
  delta::OptimizeOptions options;
  sql::Span span = command.table.span;
  if (command.where != nullptr) {
    TRY(const auto wanted, PartitionsWhere(open, *command.where, context));
    options.partitions = [wanted](const delta::PartitionValues& values) {
      return wanted.contains(values);
    };
    options.predicate_text = TextOf(context.source, command.where->span);
  }
  options.purge = command.purge;
  for (const sql::Identifier& name : command.zorder_by) {
    TRY(std::string column, ZOrderColumn(open, name, context));
    options.zorder_by.push_back(std::move(column));
    span = command.zorder_by.front().span;
  }
  auto report = delta::Optimize(MaintainContextOf(open, context), *open.table, options);
  if (!report) return FailPlaced(std::move(report).error(), span, context);
  return OptimizeRows(open.place.store->Describe(open.place.root), *report);
}

Result<CommandResult> Run(const sql::Vacuum& command, Context& context) {
  TRY(OpenTable open, Open(command.table, context));
  delta::VacuumOptions options{.dry_run = command.dry_run, .lite = command.lite};
  TRY(options.retention_ms, RetentionOf(command, context));
  options.force = Upper(context.host.Setting(kRetentionCheck)) == "FALSE";
  auto report = delta::Vacuum(MaintainContextOf(open, context), *open.table, options);
  if (!report) {
    Error error = std::move(report).error();
    if (error.kind == ErrorKind::kInvalidInput && !options.force) {
      error.fix = fmt::format(
          "RETAIN 168 HOURS or more; or, when nobody reads or writes the table meanwhile, --set {}"
          "=false",
          kRetentionCheck);
    }
    return FailPlaced(std::move(error), command.table.span, context);
  }
  const std::string folder = open.place.store->Describe(open.place.root);
  if (!command.dry_run) return MakeRows({TextColumn("path")}, {{folder}});
  std::vector<std::vector<Cell>> rows;
  for (const std::string& name : report->names) rows.push_back({folder + "/" + name});
  CommandResult result = MakeRows({TextColumn("path")}, rows);
  if (report->files > std::ssize(report->names)) {
    result.warnings.push_back(MakeError(ErrorKind::kInvalidInput,
                                        "only {} of {} files are shown; VACUUM deletes all",
                                        report->names.size(), report->files));
  }
  return result;
}

Result<CommandResult> Run(const sql::Restore& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "restore", context));
  TRY(const delta::RestoreTarget target, TargetOf(command, open, context));
  const auto report = delta::Restore(MaintainContextOf(open, context), *open.table, target);
  if (!report) {
    const sql::Expr& at =
        command.version_as_of != nullptr ? *command.version_as_of : *command.timestamp_as_of;
    return FailPlaced(report.error(), at.span, context);
  }
  CommandResult result = MakeRows(
      {NumberColumn("table_size_after_restore"), NumberColumn("num_of_files_after_restore"),
       NumberColumn("num_removed_files"), NumberColumn("num_restored_files"),
       NumberColumn("removed_files_size"), NumberColumn("restored_files_size")},
      {{report->files_after.total, report->files_after.files, report->removed.files,
        report->restored_files.files, report->removed.total, report->restored_files.total}});
  const bool changes = report->removed.files + report->restored_files.files > 0;
  if (open.place.owner == Owner::kStreamingTable && changes) {
    result.warnings.push_back(
        MakeError(ErrorKind::kUnsupported,
                  "{}: its flow goes on behind the input that it has read: rows that were taken in "
                  "after version {} do not come again by themselves",
                  open.place.name, Number(report->restored))
            .WithFix("make them anew from their input: oresmith run --full-refresh-all"));
  }
  WarnOfStreams(open, changes, result);
  return result;
}

Result<CommandResult> Run(const sql::FsckRepair& command, Context& context) {
  TRY(OpenTable open, Open(command.table, context));
  if (open.place.owner == Owner::kMaterializedView && !command.dry_run) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "repair {}: a materialized view always equals its query; without some of "
                          "its files it would not",
                          open.place.name)
                    .At(context.source.Place(command.table.span))
                    .WithFix("make it anew: oresmith run --full-refresh-all; DRY RUN lists the "
                             "files"));
  }
  const auto report = delta::Fsck(MaintainContextOf(open, context), *open.table, command.dry_run);
  if (!report) return FailPlaced(report.error(), command.table.span, context);
  std::vector<std::vector<Cell>> rows;
  for (const std::string& path : report->missing) rows.push_back({path, true, Cell(), false});
  std::set<std::string> vectors(report->missing_vectors.begin(), report->missing_vectors.end());
  for (const std::string& path : vectors) rows.push_back({path, false, Cell(), true});
  const types::Field flag{.name = "", .type = types::Type(types::TypeId::kBoolean)};
  types::Schema schema = {TextColumn("dataFilePath"), flag, TextColumn("deletionVectorPath"), flag};
  schema[1].name = "dataFileMissing";
  schema[3].name = "deletionVectorFileMissing";
  CommandResult result = MakeRows(std::move(schema), rows);
  WarnOfStreams(open, report->version.has_value(), result);
  return result;
}

Result<CommandResult> Run(const sql::ConvertToDelta& command, Context& context) {
  TRY(const TablePlace place, ParquetPlace(command.table, context));
  delta::ConvertOptions options;
  for (const sql::ColumnDefinition& column : command.partitioned_by) {
    options.partition_columns.push_back(
        {.name = column.name.text, .type = *column.type, .nullable = !column.not_null});
  }
  const delta::MaintainContext maintain{
      .store = *place.store, .clock = context.host.clock(), .random = context.host.random()};
  const auto report = delta::ConvertParquet(maintain, place.root, options);
  if (!report) return FailPlaced(report.error(), command.table.span, context);
  return MakeRows({NumberColumn("num_converted_files"), NumberColumn("num_converted_rows")},
                  {{report->files, report->rows}});
}

}  // namespace oresmith::command
