#pragma once

// A store that dies: the call with a given number fails, and so do all that follow, as if the
// process had been killed there.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace oresmith {

/// What becomes of the call at which the store dies.
enum class Death {
  kBefore,  // it does nothing
  kAfter,   // it is done, but nobody hears of it
};

/// One thread at a time.
class FaultyStore final : public storage::Store {
 public:
  /// `inner` must outlive it. Dies at call `calls_until_death` (0 is the first; a negative number:
  /// never). With `recovers`, only that one call fails.
  FaultyStore(storage::Store& inner, int calls_until_death, Death death, bool recovers)
      : inner_(inner), calls_until_death_(calls_until_death), death_(death), recovers_(recovers) {}

  bool has_died() const { return died_; }
  /// Counts anew: dies at call `calls` from here.
  void DieAt(int calls) { calls_until_death_ = calls; }
  /// From here on all calls go well.
  void Revive() {
    died_ = false;
    calls_until_death_ = -1;
  }

  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return Call([&] { return inner_.PutIfAbsent(key, bytes); });
  }
  Status Put(const std::string& key, std::string_view bytes) override {
    return Call([&] { return inner_.Put(key, bytes); });
  }
  Result<std::string> Get(const std::string& key) override {
    return Call([&] { return inner_.Get(key); });
  }
  Result<storage::ObjectInfo> Head(const std::string& key) override {
    return Call([&] { return inner_.Head(key); });
  }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix,
                                                std::string_view from) override {
    return Call([&] { return inner_.List(prefix, from); });
  }
  Result<std::vector<storage::ObjectInfo>> ListRecursive(const std::string& prefix) override {
    return Call([&] { return inner_.ListRecursive(prefix); });
  }
  Status Delete(const std::string& key) override {
    return Call([&] { return inner_.Delete(key); });
  }
  Result<std::unique_ptr<storage::InputFile>> OpenInput(const std::string& key) override {
    return Call([&] { return inner_.OpenInput(key); });
  }
  Result<std::unique_ptr<storage::OutputFile>> OpenOutput(const std::string& key) override {
    auto file = Call([&] { return inner_.OpenOutput(key); });
    if (!file) return file;
    return std::make_unique<Output>(*this, std::move(*file));
  }
  std::string Describe(const std::string& key) const override { return inner_.Describe(key); }

 private:
  class Output final : public storage::OutputFile {
   public:
    Output(FaultyStore& store, std::unique_ptr<storage::OutputFile> file)
        : store_(store), file_(std::move(file)) {}
    Status Write(std::string_view bytes) override {
      return store_.Call([&] { return file_->Write(bytes); });
    }
    int64_t position() const override { return file_->position(); }
    Status Close() override {
      return store_.Call([&] { return file_->Close(); });
    }

   private:
    FaultyStore& store_;
    std::unique_ptr<storage::OutputFile> file_;
  };

  template <class Body>
  auto Call(const Body& body) -> decltype(body()) {
    const auto fault = [] { return Fail(ErrorKind::kUnavailable, "injected fault"); };
    if (died_ && !recovers_) return fault();
    if (calls_until_death_-- != 0) return body();
    died_ = true;
    if (death_ == Death::kAfter) static_cast<void>(body());
    return fault();
  }

  storage::Store& inner_;
  int calls_until_death_;
  const Death death_;
  const bool recovers_;
  bool died_ = false;
};

}  // namespace oresmith
