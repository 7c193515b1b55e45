#pragma once

// A store that hands each call on to another one: what stores of tests that change one call are
// made of.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace oresmith {

class ForwardingStore : public storage::Store {
 public:
  /// `inner` must outlive it.
  explicit ForwardingStore(storage::Store& inner) : inner_(inner) {}

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
    return inner_.OpenInput(key);
  }
  Result<std::unique_ptr<storage::OutputFile>> OpenOutput(const std::string& key) override {
    return inner_.OpenOutput(key);
  }
  std::string Describe(const std::string& key) const override { return inner_.Describe(key); }

 protected:
  storage::Store& inner() { return inner_; }

 private:
  storage::Store& inner_;
};

}  // namespace oresmith
