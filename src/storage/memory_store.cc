#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <utility>

#include "storage/key_internal.h"
#include "storage/store.h"

namespace oresmith::storage {
namespace {

using Bytes = std::shared_ptr<const std::string>;

/// The objects, shared by the store and by the files that are open.
class Objects {
 public:
  /// False when there is one of that key and `replace` is false.
  bool Insert(const std::string& key, Bytes bytes, bool replace) {
    const std::lock_guard lock(mutex_);
    const auto [place, inserted] = objects_.try_emplace(key, bytes, 0);
    if (!inserted && !replace) return false;
    place->second = {std::move(bytes), ++changes_};
    return true;
  }

  Bytes Find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second.first;
  }

  void Erase(const std::string& key) {
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
  }

  /// The objects below `prefix` (with its trailing slash), sorted by key.
  std::vector<ObjectInfo> Below(const std::string& prefix) const {
    const std::lock_guard lock(mutex_);
    std::vector<ObjectInfo> found;
    for (auto it = objects_.lower_bound(prefix); it != objects_.end(); ++it) {
      if (!it->first.starts_with(prefix)) break;
      found.push_back(
          {it->first, static_cast<int64_t>(it->second.first->size()), it->second.second});
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;  // guards all below
  // The number of the change stands for the time: it grows, and tests stay the same on each run.
  std::map<std::string, std::pair<Bytes, int64_t>> objects_;
  int64_t changes_ = 0;
};

class MemoryInput final : public InputFile {
 public:
  explicit MemoryInput(Bytes bytes) : bytes_(std::move(bytes)) {}
  int64_t size_bytes() const override { return static_cast<int64_t>(bytes_->size()); }
  Result<int64_t> ReadAt(int64_t offset, int64_t out_bytes, void* out) override {
    const int64_t rest = std::max<int64_t>(0, size_bytes() - offset);
    const int64_t count = std::min(rest, out_bytes);
    if (count > 0) std::memcpy(out, bytes_->data() + offset, static_cast<size_t>(count));
    return count;
  }

 private:
  Bytes bytes_;
};

class MemoryOutput final : public OutputFile {
 public:
  MemoryOutput(std::shared_ptr<Objects> objects, std::string key)
      : objects_(std::move(objects)), key_(std::move(key)) {}
  Status Write(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  int64_t position() const override { return static_cast<int64_t>(bytes_.size()); }
  Status Close() override {
    if (objects_->Insert(key_, std::make_shared<const std::string>(std::move(bytes_)), false)) {
      return {};
    }
    return Fail(ErrorKind::kAlreadyExists, "write memory:{}: there is an object of that name",
                key_);
  }

 private:
  std::shared_ptr<Objects> objects_;
  std::string key_;
  std::string bytes_;
};

class MemoryStore final : public Store {
 public:
  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    TRY_DO(CheckKey(key));
    if (objects_->Insert(key, std::make_shared<const std::string>(bytes), false)) return {};
    return Fail(ErrorKind::kAlreadyExists, "write memory:{}: there is an object of that name", key);
  }

  Status Put(const std::string& key, std::string_view bytes) override {
    TRY_DO(CheckKey(key));
    objects_->Insert(key, std::make_shared<const std::string>(bytes), true);
    return {};
  }

  Result<std::string> Get(const std::string& key) override {
    TRY(const Bytes bytes, Find(key));
    return *bytes;
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TRY_DO(CheckKey(key));
    for (ObjectInfo& object : objects_->Below(key)) {
      if (object.key == key) return std::move(object);
    }
    return Missing(key);
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix, std::string_view from) override {
    TRY(std::vector<ObjectInfo> objects, ListRecursive(prefix));
    const size_t begin = prefix.empty() ? 0 : prefix.size() + 1;
    std::erase_if(objects, [&](const ObjectInfo& object) {
      const std::string_view name = std::string_view(object.key).substr(begin);
      return name.find('/') != std::string_view::npos || name < from;
    });
    return objects;
  }

  Result<std::vector<ObjectInfo>> ListRecursive(const std::string& prefix) override {
    TRY_DO(CheckPrefix(prefix));
    return objects_->Below(prefix.empty() ? prefix : prefix + "/");
  }

  Status Delete(const std::string& key) override {
    TRY_DO(CheckKey(key));
    objects_->Erase(key);
    return {};
  }

  Result<std::unique_ptr<InputFile>> OpenInput(const std::string& key) override {
    TRY(Bytes bytes, Find(key));
    return std::make_unique<MemoryInput>(std::move(bytes));
  }

  Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& key) override {
    TRY_DO(CheckKey(key));
    if (objects_->Find(key) == nullptr) return std::make_unique<MemoryOutput>(objects_, key);
    return Fail(ErrorKind::kAlreadyExists, "write memory:{}: there is an object of that name", key);
  }

  std::string Describe(const std::string& key) const override { return "memory:" + key; }

 private:
  static tl::unexpected<Error> Missing(const std::string& key) {
    return Fail(ErrorKind::kNotFound, "read memory:{}: there is no such object", key);
  }

  Result<Bytes> Find(const std::string& key) const {
    TRY_DO(CheckKey(key));
    Bytes bytes = objects_->Find(key);
    if (bytes == nullptr) return Missing(key);
    return bytes;
  }

  std::shared_ptr<Objects> objects_ = std::make_shared<Objects>();
};

}  // namespace

std::unique_ptr<Store> MakeMemoryStore() { return std::make_unique<MemoryStore>(); }

}  // namespace oresmith::storage
