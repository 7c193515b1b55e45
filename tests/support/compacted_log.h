#pragma once

// Log compaction files as the protocol defines them: what several commits come to, without their
// commitInfo. Source: Delta PROTOCOL.md, "Log Compaction Files".

#include <set>
#include <string>

#include "delta/action.h"
#include "delta/log.h"
#include "delta/path.h"
#include "storage/store.h"

namespace oresmith {

/// Writes the file for the commits from `first` to `last`; gives its key.
inline Result<std::string> WriteCompactedLog(storage::Store& store, const std::string& root,
                                             delta::Version first, delta::Version last) {
  std::string text;
  std::set<std::string> files;
  std::set<std::string> others;
  bool has_protocol = false;
  bool has_metadata = false;
  for (delta::Version version = last; version >= first;
       version = delta::Version{delta::Number(version) - 1}) {
    TRY(const delta::Actions actions, delta::ReadCommit(store, root, version));
    for (const delta::AddFile& file : actions.adds) {
      const std::string key = delta::FileKey(file.path, file.deletion_vector_id());
      if (files.insert(key).second) delta::AppendJson(file, text);
    }
    for (const delta::RemoveFile& file : actions.removes) {
      const std::string key = delta::FileKey(file.path, file.deletion_vector_id());
      if (files.insert(key).second) delta::AppendJson(file, text);
    }
    for (const delta::Transaction& transaction : actions.transactions) {
      if (others.insert("t" + transaction.app_id).second) delta::AppendJson(transaction, text);
    }
    for (const delta::DomainMetadata& domain : actions.domains) {
      if (others.insert("d" + domain.domain).second) delta::AppendJson(domain, text);
    }
    if (actions.protocol && !has_protocol) delta::AppendJson(*actions.protocol, text);
    if (actions.metadata && !has_metadata) delta::AppendJson(*actions.metadata, text);
    has_protocol = has_protocol || actions.protocol.has_value();
    has_metadata = has_metadata || actions.metadata.has_value();
  }
  const std::string key = delta::LogFolder(root) + "/" + delta::VersionDigits(first) + "." +
                          delta::VersionDigits(last) + ".compacted.json";
  TRY_DO(store.Put(key, text));
  return key;
}

}  // namespace oresmith
