#pragma once

// A store that remembers which files were opened to be read.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace oresmith {

class CountingStore final : public storage::Store {
 public:
  /// `inner` must outlive it.
  explicit CountingStore(storage::Store& inner) : inner_(inner) {}

  /// The keys of OpenInput with this end, in their order.
  std::vector<std::string> Opened(std::string_view end) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> keys;
    for (const std::string& key : opened_) {
      if (key.ends_with(end)) keys.push_back(key);
    }
    return keys;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    opened_.clear();
  }

  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return inner_.PutIfAbsent(key, bytes);
  }
  Status Put(const std::string& key, std::string_view bytes) override {
    return inner_.Put(key, bytes);
  }
  Result<std::string> Get(const std::string& key) override { return inner_.Get(key); }
  Result<storage::ObjectInfo> Head(const std::string& key) override { return inner_.Head(key); }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix,
                                                std::string_view from) override {
    return inner_.List(prefix, from);
  }
  Result<std::vector<storage::ObjectInfo>> ListRecursive(const std::string& prefix) override {
    return inner_.ListRecursive(prefix);
  }
  Status Delete(const std::string& key) override { return inner_.Delete(key); }
  Result<std::unique_ptr<storage::InputFile>> OpenInput(const std::string& key) override {
    {
      const std::lock_guard lock(mutex_);
      opened_.push_back(key);
    }
    return inner_.OpenInput(key);
  }
  Result<std::unique_ptr<storage::OutputFile>> OpenOutput(const std::string& key) override {
    return inner_.OpenOutput(key);
  }
  std::string Describe(const std::string& key) const override { return inner_.Describe(key); }

 private:
  storage::Store& inner_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> opened_;
};

}  // namespace oresmith
