#pragma once

// A store with one bad day: at a call with a given number, or at the first call after it that the
// fault concerns, it fails in one of several ways. Where it dies, what was not synced is gone, as
// after a loss of power.

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace oresmith {

/// What happens at that call.
enum class Death {
  kBefore,         // it does nothing; so do all that follow, as if the process had been killed
  kAfter,          // it is done, but nobody hears of it; those that follow do nothing
  kFullDisk,       // it writes nothing, and nothing is written from then on; deleting works
  kReadOnly,       // the same, nothing is deleted, and the error is not one that passes
  kShortRead,      // it gives half of the bytes; so does each one that reads from then on
  kTornPut,        // what it replaces is half there; the calls that follow do nothing
  kForeignCommit,  // another writer has that version by then, with nothing in it; only once
  kGappyListing,   // it leaves out the last commit but one; so does each listing from then on
};

constexpr Death kDeaths[] = {Death::kBefore,        Death::kAfter,       Death::kFullDisk,
                             Death::kReadOnly,      Death::kShortRead,   Death::kTornPut,
                             Death::kForeignCommit, Death::kGappyListing};

inline const char* NameOf(Death death) {
  constexpr const char* kNames[] = {"Before",    "After",   "FullDisk",      "ReadOnly",
                                    "ShortRead", "TornPut", "ForeignCommit", "GappyListing"};
  return kNames[static_cast<int>(death)];
}

/// Tests that go through all calls of a work go in such steps: one by one only in the long suite.
#ifdef ORESMITH_EVERY_CALL_FAILS
constexpr int kCallStep = 1;
#else
constexpr int kCallStep = 7;
#endif

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
    return Call({.writes = true, .commit = IsLaterCommit(key) ? &key : nullptr},
                [&] { return inner_.PutIfAbsent(key, bytes); });
  }
  Status Put(const std::string& key, std::string_view bytes) override {
    const auto tear = [&] {
      static_cast<void>(inner_.Put(key, bytes.substr(0, bytes.size() / 2)));
    };
    return Call({.writes = true, .tear = tear}, [&] { return inner_.Put(key, bytes); });
  }
  Result<std::string> Get(const std::string& key) override {
    bool is_short = false;
    auto bytes = Call({.is_short = &is_short}, [&] { return inner_.Get(key); });
    if (bytes && is_short) bytes->resize(bytes->size() / 2);
    return bytes;
  }
  Result<storage::ObjectInfo> Head(const std::string& key) override {
    return Call({}, [&] { return inner_.Head(key); });
  }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix,
                                                std::string_view from) override {
    bool is_gappy = false;
    auto objects = Call({.is_gappy = &is_gappy}, [&] { return inner_.List(prefix, from); });
    if (objects && is_gappy) LeaveOutACommit(*objects);
    return objects;
  }
  Result<std::vector<storage::ObjectInfo>> ListRecursive(const std::string& prefix) override {
    return Call({}, [&] { return inner_.ListRecursive(prefix); });
  }
  Status Delete(const std::string& key) override {
    return Call({.deletes = true}, [&] { return inner_.Delete(key); });
  }
  Result<std::unique_ptr<storage::InputFile>> OpenInput(const std::string& key) override {
    auto file = Call({}, [&] { return inner_.OpenInput(key); });
    if (!file || death_ != Death::kShortRead) return file;
    return std::make_unique<Input>(*this, std::move(*file));
  }
  Result<std::unique_ptr<storage::OutputFile>> OpenOutput(const std::string& key) override {
    auto file = Call({.writes = true}, [&] { return inner_.OpenOutput(key); });
    if (!file) return file;
    return std::make_unique<Output>(*this, key, std::move(*file));
  }
  std::string Describe(const std::string& key) const override { return inner_.Describe(key); }

 private:
  /// What the faults need to know of a call.
  struct Traits {
    bool writes = false;
    bool deletes = false;
    bool* is_short = nullptr;             // set when it is to give half of the bytes
    bool* is_gappy = nullptr;             // set when it is to leave something out
    const std::string* commit = nullptr;  // the key, of the commit of a version after 0
    std::function<void()> tear = {};      // does half of it
  };

  class Input final : public storage::InputFile {
   public:
    Input(FaultyStore& store, std::unique_ptr<storage::InputFile> file)
        : store_(store), file_(std::move(file)) {}
    int64_t size_bytes() const override { return file_->size_bytes(); }
    Result<int64_t> ReadAt(int64_t offset, int64_t out_bytes, void* out) override {
      bool is_short = false;
      auto count = store_.Call({.is_short = &is_short},
                               [&] { return file_->ReadAt(offset, out_bytes, out); });
      if (count && is_short) *count /= 2;
      return count;
    }

   private:
    FaultyStore& store_;
    std::unique_ptr<storage::InputFile> file_;
  };

  class Output final : public storage::OutputFile {
   public:
    Output(FaultyStore& store, std::string key, std::unique_ptr<storage::OutputFile> file)
        : store_(store), key_(std::move(key)), file_(std::move(file)) {}
    Status Write(std::string_view bytes) override {
      return store_.Call({.writes = true}, [&] { return file_->Write(bytes); });
    }
    int64_t position() const override { return file_->position(); }
    Status Close() override {
      return store_.Call({.writes = true}, [&] { return file_->Close(); });
    }
    Result<std::shared_ptr<storage::Unsynced>> CloseUnsynced() override {
      TRY_DO(store_.Call({.writes = true}, [&] {
        store_.unsynced_.insert(key_);
        return file_->Close();
      }));
      return std::make_shared<Written>(store_, key_);
    }

   private:
    FaultyStore& store_;
    const std::string key_;
    std::unique_ptr<storage::OutputFile> file_;
  };

  static bool IsLaterCommit(const std::string& key) {
    const std::string name = key.substr(key.rfind('/') + 1);
    return name.size() == 25 && name.ends_with(".json") && name != "00000000000000000000.json";
  }

  static void LeaveOutACommit(std::vector<storage::ObjectInfo>& objects) {
    const auto last = std::find_if(objects.rbegin(), objects.rend(),
                                   [](const auto& object) { return IsLaterCommit(object.key); });
    if (last == objects.rend()) return;
    const auto one_before = std::find_if(std::next(last), objects.rend(), [](const auto& object) {
      return IsLaterCommit(object.key);
    });
    if (one_before != objects.rend()) objects.erase(std::next(one_before).base());
  }

  /// Whether the fault can befall this call at all.
  bool Concerns(const Traits& traits) const {
    switch (death_) {
      case Death::kBefore:
      case Death::kAfter:
        return true;
      case Death::kFullDisk:
        return traits.writes;
      case Death::kReadOnly:
        return traits.writes || traits.deletes;
      case Death::kShortRead:
        return traits.is_short != nullptr;
      case Death::kTornPut:
        return traits.tear != nullptr;
      case Death::kForeignCommit:
        return traits.commit != nullptr;
      case Death::kGappyListing:
        return traits.is_gappy != nullptr;
    }
    return false;
  }

  /// Whether the fault befalls this call: the one that was counted to, or a later one.
  bool Strikes(const Traits& traits) {
    if (calls_until_death_ > 0) {
      --calls_until_death_;
      return false;
    }
    if (calls_until_death_ < 0 || !Concerns(traits)) return false;
    calls_until_death_ = -1;
    died_ = true;
    return true;
  }

  bool StaysDown(const Traits& traits) const {
    if (!died_ || recovers_ || death_ == Death::kForeignCommit) return false;
    return death_ == Death::kTornPut || Concerns(traits);
  }

  /// A file that the disk does not have yet.
  class Written final : public storage::Unsynced {
   public:
    Written(FaultyStore& store, std::string key) : store_(store), key_(std::move(key)) {}
    Status Sync() override {
      if (result_) return *result_;
      result_ = store_.Call({.writes = true}, [&] {
        store_.unsynced_.erase(key_);
        return Status();
      });
      if (!*result_) store_.Forget(key_);
      return *result_;
    }

   private:
    FaultyStore& store_;
    const std::string key_;
    std::optional<Status> result_;
  };

  void Forget(const std::string& key) {
    if (unsynced_.erase(key) > 0) static_cast<void>(inner_.Delete(key));
  }
  void LosePower() {
    while (!unsynced_.empty()) Forget(std::string(*unsynced_.begin()));
  }

  template <class Body>
  auto Call(const Traits& traits, const Body& body) -> decltype(body()) {
    const ErrorKind kind =
        death_ == Death::kReadOnly ? ErrorKind::kInvalidInput : ErrorKind::kUnavailable;
    const bool stays_down = StaysDown(traits);
    if (!stays_down && !Strikes(traits)) return body();
    if (death_ == Death::kShortRead || death_ == Death::kGappyListing) {
      *(death_ == Death::kShortRead ? traits.is_short : traits.is_gappy) = true;
      return body();
    }
    if (!stays_down) {
      if (death_ == Death::kAfter) static_cast<void>(body());
      if (death_ == Death::kTornPut) traits.tear();
      const bool dies =
          death_ == Death::kBefore || death_ == Death::kAfter || death_ == Death::kTornPut;
      if (dies && !recovers_) LosePower();
      if (death_ == Death::kForeignCommit) {
        static_cast<void>(inner_.PutIfAbsent(
            *traits.commit, R"({"commitInfo":{"operation":"NOTHING","txnId":"of another"}})"));
        return body();
      }
    }
    return Fail(kind, "injected fault");
  }

  storage::Store& inner_;
  int calls_until_death_;
  const Death death_;
  const bool recovers_;
  bool died_ = false;
  std::set<std::string> unsynced_;  // keys
};

}  // namespace oresmith
