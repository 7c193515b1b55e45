#pragma once

// Random histories of a Delta table, written as logs alone: there are no data files. Beside the log
// stands what a reader must make of it, worked out in the simplest way there is.

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "delta/checkpoint.h"
#include "delta/log.h"
#include "delta/path.h"
#include "storage/store.h"

namespace oresmith {

class RandomHistory {
 public:
  /// Path (decoded) and deletion vector ("" for none) to size.
  using Files = std::map<std::pair<std::string, std::string>, int64_t>;

  struct Expected {
    Files files;
    std::map<std::string, int64_t> transactions;
    std::string description;
  };

  /// The same seed gives the same history. `store` must outlive it.
  RandomHistory(storage::Store& store, std::string root, uint64_t seed, bool odd_names)
      : store_(store), root_(std::move(root)), odd_names_(odd_names), engine_(seed) {}

  /// Writes all versions; returns what the table is at each of them.
  Result<std::vector<Expected>> Write() {
    const auto versions = 2 + static_cast<int64_t>(Below(24));
    has_vectors_ = Below(2) == 0;
    for (int64_t version = 0; version < versions; ++version) {
      lines_ = R"({"commitInfo":{"timestamp":1700000000000,"operation":"TEST"}})"
               "\n";
      touched_.clear();
      if (version == 0) {
        WriteProtocol();
        WriteMetadata();
      }
      const uint64_t actions = Below(4);
      for (uint64_t i = 0; i < actions; ++i) Act();
      const delta::Version number{version};
      TRY_DO(store_.PutIfAbsent(delta::CommitKey(root_, number), lines_));
      expected_.push_back(now_);
      if (version > 0 && Below(5) == 0) TRY_DO(WriteCheckpoint(number));
    }
    return std::move(expected_);
  }

 private:
  uint64_t Below(uint64_t end) { return engine_() % end; }

  /// From all files, or from the checkpoint before and what came since.
  Status WriteCheckpoint(delta::Version version) {
    auto state = Below(2) == 0 ? delta::LoadState(store_, root_, version)
                               : delta::LoadStateOnCheckpoint(store_, root_, version,
                                                              delta::SumSource::kFiles, nullptr);
    if (!state) return Fail(std::move(state).error());
    const auto files = static_cast<int64_t>(now_.files.size());
    if (state->sums().files != files) {
      return Fail(ErrorKind::kCorrupt, "{} files counted, not {}", state->sums().files, files);
    }
    TRY_DO(delta::WriteCheckpoint(store_, root_, state->ForCheckpoint(), kTimeMs, random_));
    return {};
  }

  void WriteProtocol() {
    lines_ += has_vectors_
                  ? R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                    R"("readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}})"
                  : R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})";
    lines_ += '\n';
  }

  void WriteMetadata() {
    now_.description = fmt::format("d{}", Below(1000));
    lines_ += fmt::format(
        R"({{"metaData":{{"id":"2f1e5d5a-0000-4000-8000-000000000000","description":"{}",)"
        R"("format":{{"provider":"parquet","options":{{}}}},"schemaString":"{{\"type\":\"struct\",)"
        R"(\"fields\":[{{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{{}}}}]}}",)"
        R"("partitionColumns":[],"configuration":{{}},"createdTime":1700000000000}}}})"
        "\n",
        now_.description);
  }

  /// One step; a file is touched once per commit, as the protocol has it.
  void Act() {
    switch (Below(has_vectors_ ? 8 : 7)) {
      case 0:
      case 1:
        for (uint64_t i = 0; i <= Below(3); ++i) AddNew();
        break;
      case 2:
        Overwrite();
        break;
      case 3:
        if (const auto file = Pick()) Remove(*file);
        break;
      case 4:
        WriteTransaction();
        break;
      case 5:
        if (lines_.find("metaData") == std::string::npos) WriteMetadata();
        break;
      case 6:
        // The same file anew: only what is said of it changes.
        if (const auto file = Pick()) Add(file->first, file->second);
        break;
      default:
        ChangeVector();
    }
  }

  std::string NewPath() {
    const uint64_t number = Below(40);
    if (!odd_names_ || number % 4 != 0) return fmt::format("part-{:05}.parquet", number);
    constexpr const char* kOdd[] = {"a b", "p=x%2Fy/c", "\xC3\xA9", "100%", "a+b", "#;?"};
    return fmt::format("{}-{}.parquet", kOdd[Below(6)], number);
  }

  void AddNew() {
    const std::string path = NewPath();
    if (touched_.contains(path)) return;
    // A path that lives under another vector would be there twice.
    for (const auto& [key, size] : now_.files) {
      if (key.first == path && !key.second.empty()) return;
    }
    Add(path, "");
  }

  std::string VectorJson(const std::string& vector) const {
    if (vector.empty()) return "";
    const size_t at = vector.rfind('@');
    return fmt::format(R"(,"deletionVector":{{"storageType":"u","pathOrInlineDv":"{}","offset":{},)"
                       R"("sizeInBytes":36,"cardinality":2}})",
                       vector.substr(1, at - 1), vector.substr(at + 1));
  }

  void Add(const std::string& path, const std::string& vector) {
    touched_.insert(path);
    const auto size = static_cast<int64_t>(1 + Below(1000000));
    now_.files[{path, vector}] = size;
    lines_ += fmt::format(R"({{"add":{{"path":"{}","partitionValues":{{}},"size":{},)"
                          R"("modificationTime":1700000000000,"dataChange":true,)"
                          R"("stats":"{{\"numRecords\":{}}}"{}}}}})"
                          "\n",
                          delta::EncodePath(path), size, 10 + Below(100), VectorJson(vector));
  }

  void Remove(const std::pair<std::string, std::string>& file) {
    touched_.insert(file.first);
    now_.files.erase(file);
    lines_ += fmt::format(R"({{"remove":{{"path":"{}","deletionTimestamp":1700000000000,)"
                          R"("dataChange":true{}}}}})"
                          "\n",
                          delta::EncodePath(file.first), VectorJson(file.second));
  }

  void Overwrite() {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [key, size] : now_.files) {
      if (!touched_.contains(key.first)) all.push_back(key);
    }
    for (const auto& key : all) Remove(key);
    AddNew();
  }

  std::optional<std::pair<std::string, std::string>> Pick() {
    if (now_.files.empty()) return std::nullopt;
    const auto file = std::next(now_.files.begin(), static_cast<int64_t>(Below(now_.files.size())));
    if (touched_.contains(file->first.first)) return std::nullopt;
    return file->first;
  }

  void WriteTransaction() {
    const std::string app = fmt::format("app{}", Below(3));
    if (lines_.find(app) != std::string::npos) return;
    const auto version = static_cast<int64_t>(Below(1000));
    now_.transactions[app] = version;
    lines_ += fmt::format(R"({{"txn":{{"appId":"{}","version":{},"lastUpdated":1700000000000}}}})"
                          "\n",
                          app, version);
  }

  void ChangeVector() {
    const auto file = Pick();
    if (!file) return;
    Remove(*file);
    Add(file->first, fmt::format("uab^-aqEH.-t@S}}K{{vb[*k^@{}", 1 + Below(100000)));
  }

  static constexpr int64_t kTimeMs = 1'700'000'000'000;

  storage::Store& store_;
  const std::string root_;
  const bool odd_names_;
  std::mt19937_64 engine_;
  Random random_{1};  // for names, of which a classic checkpoint has none
  bool has_vectors_ = false;
  std::string lines_;              // of the commit under way
  std::set<std::string> touched_;  // paths in it
  Expected now_;
  std::vector<Expected> expected_;
};

}  // namespace oresmith
