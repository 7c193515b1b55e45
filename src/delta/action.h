#pragma once

// The actions of the log, and their JSON. This is the only place that parses the log's JSON.
// Source: Delta PROTOCOL.md, "Actions". Unknown actions and fields are ignored, as it demands.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delta/table.h"

namespace oresmith::delta {

/// "txn".
struct Transaction {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> last_updated_ms;
};

/// A file of a V2 checkpoint that holds its add and remove actions.
struct Sidecar {
  std::string path;  ///< a name in `_delta_log/_sidecars`, or an absolute path
};

/// What is read of a commitInfo.
struct CommitDescription {
  CommitInfo info;
  std::string txn_id;  ///< of our own commits and of Spark's; else ""
  std::optional<int64_t> in_commit_timestamp_ms = {};
};

/// The actions of one commit (or checkpoint), by kind; their order has no meaning.
struct Actions {
  std::optional<CommitDescription> commit;
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::vector<AddFile> adds;
  std::vector<RemoveFile> removes;
  std::vector<ChangeFile> changes;
  std::vector<Transaction> transactions;
  std::vector<DomainMetadata> domains;
  std::vector<Sidecar> sidecars;

  /// Rows came or went: not only moved between files.
  bool ChangesData() const;
};

/// Reads newline-delimited JSON.
/// Errors: kCorrupt with the line's number, the action and the field; kUnsupported for a column
/// type that is not known.
Result<Actions> ParseActions(std::string_view ndjson);

/// That its sizes and counts can be those of a file. Errors: kCorrupt with the file.
Status CheckNumbers(std::string_view path, int64_t size_bytes, int64_t num_records,
                    const FileExtras* extras);

/// Rows in the file, from `stats`; -1 when they do not say.
int64_t NumRecords(std::string_view stats);

/// What we say of a commit of ours. Written as Spark writes it.
struct CommitInfoLine {
  std::optional<int64_t> in_commit_timestamp_ms = {};
  int64_t timestamp_ms = 0;
  std::string operation;
  std::map<std::string, std::string> operation_parameters;  ///< values: JSON, else taken as text
  std::optional<Version> read_version;
  std::string_view isolation_level = "Serializable";
  bool is_blind_append = false;
  std::vector<std::pair<std::string, std::string>> operation_metrics;
  std::string user_metadata = {};
  std::map<std::string, std::string> tags = {};
  std::string txn_id;
};

/// Each appends one line with its newline.
void AppendJson(const CommitInfoLine& line, std::string& out);
void AppendJson(const Protocol& protocol, std::string& out);
void AppendJson(const Metadata& metadata, std::string& out);
void AppendJson(const Transaction& transaction, std::string& out);
void AppendJson(const AddFile& file, std::string& out);
void AppendJson(const RemoveFile& file, std::string& out);
/// The object alone, without the name of the action and the newline.
template <class Action>
std::string JsonObject(const Action& action) {
  std::string line;
  AppendJson(action, line);
  const size_t begin = line.find(':') + 1;
  return line.substr(begin, line.rfind('}') - begin);
}
void AppendJson(const ChangeFile& file, std::string& out);
void AppendJson(const DomainMetadata& domain, std::string& out);

}  // namespace oresmith::delta
