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
                      state.sums().bytes, state.sums().files);
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

namespace {

/// What a checksum file says of the table.
struct Checksum {
  std::optional<int64_t> files;
  std::optional<int64_t> bytes;
  std::string table_id;  // "" when it does not say
};

std::optional<Checksum> ReadChecksum(storage::Store& store, const std::string& root,
                                     Version version) {
  const auto text = store.Get(ChecksumKey(root, version));
  if (!text) return std::nullopt;
  const auto json = ParseObject(*text);
  if (!json) return std::nullopt;
  ObjectReader reader("checksum", *json);
  Checksum checksum{.files = reader.OptionalInt("numFiles"),
                    .bytes = reader.OptionalInt("tableSizeBytes"),
                    .table_id = {}};
  if (const Json* metadata = reader.Object("metadata")) {
    checksum.table_id = ObjectReader("metadata", *metadata).Text("id");
  }
  return reader.status() ? std::optional(checksum) : std::nullopt;
}

}  // namespace

std::optional<FileSums> SumsOfChecksum(storage::Store& store, const std::string& root,
                                       const TableState& state) {
  const auto checksum = ReadChecksum(store, root, state.version());
  if (!checksum || !checksum->files || !checksum->bytes) return std::nullopt;
  if (checksum->table_id != state.metadata().id) return std::nullopt;
  if (*checksum->files < 0 || *checksum->bytes < 0) return std::nullopt;
  return FileSums{.files = *checksum->files, .bytes = *checksum->bytes};
}

std::optional<std::string> DiffersFromChecksum(storage::Store& store, const std::string& root,
                                               const TableState& state) {
  const auto checksum = ReadChecksum(store, root, state.version());
  if (!checksum) return std::nullopt;
  const FileSums& sums = state.sums();
  if (checksum->files && *checksum->files != sums.files) {
    return fmt::format("{} files, not {}", *checksum->files, sums.files);
  }
  if (checksum->bytes && *checksum->bytes != sums.bytes) {
    return fmt::format("{} bytes, not {}", *checksum->bytes, sums.bytes);
  }
  if (!checksum->table_id.empty() && checksum->table_id != state.metadata().id) {
    return fmt::format("the table's id is {}", checksum->table_id);
  }
  return std::nullopt;
}

}  // namespace oresmith::delta
