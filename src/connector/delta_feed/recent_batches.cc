#include "connector/delta_feed/recent_batches.h"

#include <arrow/util/byte_size.h>

#include <utility>

namespace oresmith::connector {

void RecentBatches::Add(const std::string& root, delta::Version version,
                        std::vector<columnar::Batch> batches) {
  Commit commit{.version = delta::Number(version), .bytes = 0, .batches = std::move(batches)};
  for (const columnar::Batch& batch : commit.batches) {
    commit.bytes += arrow::util::TotalBufferSize(*batch);
  }
  bytes_ += commit.bytes;
  commits_[root].push_back(std::move(commit));
  Shrink();
}

std::optional<std::vector<columnar::Batch>> RecentBatches::Find(const std::string& root,
                                                                delta::Version from,
                                                                delta::Version to) const {
  const auto table = commits_.find(root);
  if (table == commits_.end()) return std::nullopt;
  std::vector<columnar::Batch> found;
  int64_t expected = delta::Number(from) + 1;
  for (const Commit& commit : table->second) {
    if (commit.version < expected) continue;
    if (commit.version != expected || expected > delta::Number(to)) break;
    found.insert(found.end(), commit.batches.begin(), commit.batches.end());
    ++expected;
  }
  if (expected != delta::Number(to) + 1) return std::nullopt;
  return found;
}

void RecentBatches::Clear() {
  commits_.clear();
  bytes_ = 0;
}

void RecentBatches::Shrink() {
  for (auto& [root, commits] : commits_) {
    while (bytes_ > bytes_max_ && !commits.empty()) {
      bytes_ -= commits.front().bytes;
      commits.pop_front();
    }
  }
}

}  // namespace oresmith::connector
