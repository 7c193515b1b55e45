#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "delta/commit.h"
#include "delta/evolution.h"
#include "delta/features.h"
#include "delta/protocol.h"

namespace oresmith::delta {
namespace {

/// One request against one winning commit. Source: Spark, ConflictChecker; its order of checks.
class ConflictCheck {
 public:
  ConflictCheck(std::string_view table, const CommitBase& base, const CommitRequest& request,
                const TableState& before, Version version, const Actions& winner)
      : table_(table),
        base_(base),
        request_(request),
        before_(before),
        version_(version),
        winner_(winner) {}

  Status Run() const {
    TRY_DO(CheckProtocol());
    TRY_DO(CheckMetadata());
    TRY_DO(CheckDomains());
    TRY_DO(CheckTransactions());
    TRY_DO(CheckAdds());
    TRY_DO(CheckReadFiles());
    return CheckRemovedFiles();
  }

 private:
  tl::unexpected<Error> Conflict(std::string_view reason) const {
    return Fail(ErrorKind::kConflict, "commit {}: version {} was written by somebody else: {}",
                table_, Number(version_), reason);
  }

  /// Only adds files: it holds against every change that leaves its columns alone.
  bool OnlyAppends() const { return IsBlindAppend(request_); }

  Status CheckProtocol() const {
    if (!winner_.protocol) return {};
    if (ChangesProtocol()) return Conflict("it changed the table's protocol, and so do we");
    for (const std::string& feature : FeaturesOf(before_.protocol())) {
      if (HasFeature(*winner_.protocol, feature)) continue;
      return Conflict(fmt::format("it took the feature '{}' from the table", feature));
    }
    return CheckFeatures();
  }

  bool ChangesProtocol() const {
    if (!request_.features.empty()) return true;
    if (!request_.metadata) return false;
    const std::vector<std::string> needed = NeededFeatures(*request_.metadata);
    return std::ranges::any_of(needed, [&](const std::string& feature) {
      return !HasFeature(before_.protocol(), feature);
    });
  }

  /// Rows that were written without regard to a new feature or property must not get in.
  Status CheckFeatures() const {
    const Protocol& protocol = winner_.protocol ? *winner_.protocol : before_.protocol();
    const Metadata& metadata = winner_.metadata ? *winner_.metadata : before_.metadata();
    if (request_.adds.empty()) return CheckCommittable(table_, protocol, metadata);
    return CheckWritable(table_, protocol, metadata);
  }

  Status CheckMetadata() const {
    if (!winner_.metadata) return {};
    if (request_.metadata) {
      return Conflict("it changed the table's schema or properties, and so do we");
    }
    TRY_DO(CheckFeatures());
    const Metadata& theirs = *winner_.metadata;
    const bool touches_files =
        !request_.adds.empty() || !request_.removes.empty() || request_.overwrite;
    if (!touches_files && request_.reads.empty()) return {};
    if (theirs.partition_columns != base_.metadata->partition_columns) {
      return Conflict("it changed the partition columns");
    }
    const Status compatible = CheckRowsFit(*base_.metadata, theirs);
    if (!compatible) return Conflict(compatible.error().message);
    // What was worked out from the old properties or columns may now be wrong.
    if (OnlyAppends() || !request_.data_change) return {};
    if (theirs.schema != base_.metadata->schema) return Conflict("it changed the table's schema");
    return CheckProperties(theirs.configuration);
  }

  Status CheckProperties(Properties theirs) const {
    Properties ours = base_.metadata->configuration;
    for (const char* harmless :
         {"delta.enableInCommitTimestamps", "delta.inCommitTimestampEnablementVersion",
          "delta.inCommitTimestampEnablementTimestamp", "delta.enableRowTracking",
          "delta.rowTracking.materializedRowIdColumnName",
          "delta.rowTracking.materializedRowCommitVersionColumnName", "delta.enableDeletionVectors",
          "delta.checkpointPolicy"}) {
      theirs.erase(harmless);
      ours.erase(harmless);
    }
    if (theirs == ours) return {};
    return Conflict("it changed the table's properties");
  }

  Status CheckDomains() const {
    for (const DomainMetadata& theirs : winner_.domains) {
      if (std::ranges::find(request_.domains, theirs.domain, &DomainMetadata::domain) ==
          request_.domains.end()) {
        continue;
      }
      return Conflict(fmt::format("it changed the domain '{}', and so do we", theirs.domain));
    }
    return {};
  }

  Status CheckTransactions() const {
    for (const Transaction& theirs : winner_.transactions) {
      const auto ours =
          std::ranges::find(request_.transactions, theirs.app_id, &AppTransaction::app_id);
      if (ours == request_.transactions.end()) continue;
      auto failure = Conflict(fmt::format("it carries our application '{}' (version {})",
                                          theirs.app_id, theirs.version));
      failure.value().fix = "a second instance writes this table: stop one of them";
      return failure;
    }
    return {};
  }

  bool WinnerIsBlind() const {
    return winner_.commit && winner_.commit->info.is_blind_append.value_or(false);
  }

  /// Rows that came where we read.
  Status CheckAdds() const {
    // The same rows in other files: whatever else came stays as it is.
    if (!request_.data_change && !request_.overwrite) return {};
    const bool spares_blind =
        IsolationOf(request_, base_.metadata->configuration) == Isolation::kWriteSerializable &&
        !request_.metadata && !request_.overwrite;
    if (spares_blind && WinnerIsBlind()) return {};
    for (const AddFile& file : winner_.adds) {
      if (!file.data_change && !request_.overwrite) continue;
      if (request_.overwrite) return Conflict("it changed rows that we are about to replace");
      if (request_.reads.whole_table) {
        return Conflict(
            fmt::format("it added rows to the table, which we have read ({})", file.path));
      }
      if (!request_.reads.may_match || !request_.reads.may_match(file)) continue;
      return Conflict(
          fmt::format("it added rows that may be among those we asked for ({})", file.path));
    }
    return {};
  }

  /// Files that we read and that are no longer there.
  Status CheckReadFiles() const {
    if (winner_.removes.empty()) return {};
    if (request_.overwrite) return Conflict("it changed rows that we are about to replace");
    if (request_.reads.whole_table) {
      return Conflict(
          fmt::format("it removed a file that we have read: {}", winner_.removes.front().path));
    }
    std::unordered_set<std::string> paths(request_.reads.paths.begin(), request_.reads.paths.end());
    for (const RemoveFile& file : winner_.removes) {
      const bool read = paths.contains(file.path) || MayMatch(file);
      if (read) return Conflict(fmt::format("it removed a file that we have read: {}", file.path));
    }
    return {};
  }

  bool MayMatch(const RemoveFile& file) const {
    if (!request_.reads.may_match) return false;
    // What is said of a file that has gone is little; what it said itself is better.
    if (const auto known = before_.Find(file)) return request_.reads.may_match(*known);
    if (!file.extended) return true;
    const AddFile gone{.path = file.path,
                       .partition_values = file.partition_values,
                       .size_bytes = file.size_bytes,
                       .extras = file.extras};
    return request_.reads.may_match(gone);
  }

  /// Files that both remove. A new deletion vector of a file is a removal too.
  Status CheckRemovedFiles() const {
    if (winner_.removes.empty() || request_.removes.empty()) return {};
    std::unordered_set<std::string_view> ours;
    for (const AddFile& file : request_.removes) ours.insert(file.path);
    for (const RemoveFile& file : winner_.removes) {
      if (!ours.contains(file.path)) continue;
      return Conflict(fmt::format("it removed a file that we remove too: {}", file.path));
    }
    return {};
  }

  std::string_view table_;
  const CommitBase& base_;
  const CommitRequest& request_;
  const TableState& before_;
  Version version_;
  const Actions& winner_;
};

}  // namespace

Status CheckConflict(std::string_view table, const CommitBase& base, const CommitRequest& request,
                     const TableState& before, Version version, const Actions& winner) {
  return ConflictCheck(table, base, request, before, version, winner).Run();
}

}  // namespace oresmith::delta
