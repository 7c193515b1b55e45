#include "delta/checksum.h"

#include "delta/features.h"
#include "delta/json_internal.h"
#include "delta/path.h"
#include "delta/protocol.h"

namespace oresmith::delta {

std::string ChecksumKey(const std::string& root, Version version) {
  return LogFolder(root) + "/" + VersionDigits(version) + ".crc";
}

std::string ChecksumJson(const TableState& state, const std::string& txn_id) {
  std::string text = R"({"txnId":)";
  AppendJsonText(txn_id, text);
  text += fmt::format(R"(,"tableSizeBytes":{},"numFiles":{},"numMetadata":1,"numProtocol":1)",
                      state.size_bytes(), state.files().size());
  if (IsSet(state.metadata().configuration, "delta.enableInCommitTimestamps")) {
    text += fmt::format(R"(,"inCommitTimestampOpt":{})", state.timestamp_ms());
  }
  text += R"(,"setTransactions":[)";
  for (const auto& [app_id, transaction] : state.transactions()) {
    if (!text.ends_with('[')) text += ',';
    text += JsonObject(transaction);
  }
  text += R"(],"domainMetadata":[)";
  for (const auto& [name, domain] : state.domains()) {
    if (!text.ends_with('[')) text += ',';
    text += JsonObject(domain);
  }
  text += fmt::format(R"(],"metadata":{},"protocol":{}}})", JsonObject(state.metadata()),
                      JsonObject(state.protocol()));
  return text + "\n";
}

std::optional<std::string> DiffersFromChecksum(storage::Store& store, const std::string& root,
                                               const TableState& state) {
  const auto text = store.Get(ChecksumKey(root, state.version()));
  if (!text) return std::nullopt;
  const auto json = ParseObject(*text);
  if (!json) return std::nullopt;
  ObjectReader reader("checksum", *json);
  const std::optional<int64_t> files = reader.OptionalInt("numFiles");
  const std::optional<int64_t> bytes = reader.OptionalInt("tableSizeBytes");
  std::string table_id = state.metadata().id;
  if (const Json* metadata = reader.Object("metadata")) {
    table_id = ObjectReader("metadata", *metadata).Text("id");
  }
  if (!reader.status()) return std::nullopt;
  const auto live = static_cast<int64_t>(state.files().size());
  if (files && *files != live) return fmt::format("{} files, not {}", *files, live);
  if (bytes && *bytes != state.size_bytes()) {
    return fmt::format("{} bytes, not {}", *bytes, state.size_bytes());
  }
  if (table_id != state.metadata().id) return fmt::format("the table's id is {}", table_id);
  return std::nullopt;
}

}  // namespace oresmith::delta
