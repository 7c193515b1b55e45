#pragma once

// A store that remembers which files were opened to be read.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "support/forwarding_store.h"

namespace oresmith {

class CountingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

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

  Result<std::unique_ptr<storage::InputFile>> OpenInput(const std::string& key) override {
    {
      const std::lock_guard lock(mutex_);
      opened_.push_back(key);
    }
    return inner().OpenInput(key);
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> opened_;
};

}  // namespace oresmith
