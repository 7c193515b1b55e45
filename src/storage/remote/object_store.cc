#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "storage/key_internal.h"
#include "storage/remote/object_store_internal.h"

namespace oresmith::storage {
namespace {

// What proves that the store keeps the condition. Lists do not show it: a killed process, and a
// user who may not delete, leave it behind.
constexpr std::string_view kProbePrefix = ".oresmith-probe-";
// Parts grow with their number, so that 10,000 of them (S3's limit) hold 5 TiB.
constexpr int64_t kPartsOfOneSize = 500;

Error Exists(const std::string& task) {
  return MakeError(ErrorKind::kAlreadyExists, "{}: there is an object of that name", task);
}

/// The calls that the store and its files share. Safe to use from many threads.
class Caller {
 public:
  explicit Caller(std::shared_ptr<Remote> remote) : remote_(std::move(remote)) {}

  Remote& remote() const { return *remote_; }
  const Dialect& dialect() const { return *remote_->dialect; }
  std::string PathOf(const std::string& key) const { return JoinKey(remote_->root, key); }
  std::string UrlOf(const std::string& key) const {
    return key.empty() ? remote_->url : remote_->url + "/" + key;
  }
  std::string Task(std::string_view verb, const std::string& key) const {
    return fmt::format("{} {}", verb, UrlOf(key));
  }

  Result<Answer> Send(HttpRequest request, const std::string& task) const {
    return remote_->sender.Send(std::move(request), *remote_->signer, task);
  }
  /// As Send, and an answer that is no success is an error.
  Result<HttpResponse> Do(HttpRequest request, const std::string& task) const {
    TRY(Answer answer, Send(std::move(request), task));
    if (!answer.response.ok()) return Fail(remote_->sender.Refused(task, answer.response));
    return std::move(answer.response);
  }
  Result<std::string> Get(const std::string& key) const {
    TRY(HttpResponse response, Do(dialect().Get(PathOf(key)), Task("read", key)));
    return std::move(response.body);
  }
  Result<StoredInfo> Head(const std::string& key) const {
    const std::string task = Task("read", key);
    TRY(const HttpResponse response, Do(dialect().Head(PathOf(key)), task));
    auto info = dialect().ReadHead(response);
    if (!info) return Fail(std::move(info).error().Within(task));
    return info;
  }
  /// Where no object needs to be there, what is not found is the place for it.
  Error RefusedPlace(const std::string& task, const HttpResponse& response) const {
    Error error = remote_->sender.Refused(task, response);
    if (error.kind != ErrorKind::kNotFound) return error;
    error.kind = ErrorKind::kInvalidInput;
    error.fix = "create the bucket or container, or correct the storage's URL";
    return error;
  }
  Status Delete(const std::string& key) const {
    const auto response = Do(dialect().Delete(PathOf(key)), Task("delete", key));
    if (response || response.error().kind == ErrorKind::kNotFound) return {};
    return Fail(response.error());
  }

  /// Without the proof that the store keeps the condition.
  Status PutIfAbsent(const std::string& key, std::string_view bytes) const {
    const std::string task = Task("write", key);
    TRY(const Answer answer, Send(dialect().Put(PathOf(key), bytes, Condition::kIfAbsent), task));
    if (answer.response.ok()) return {};
    if (!dialect().SaysExists(answer.response)) return Fail(RefusedPlace(task, answer.response));
    if (!answer.may_be_repeated) return Fail(Exists(task));
    // An earlier attempt of ours may be what stands in our way.
    const auto stored = Get(key);
    if (!stored) return Fail(Unknown(task, stored.error()));
    if (*stored == bytes) return {};
    return Fail(Exists(task));
  }

  /// What became of a write whose answer was lost cannot be told.
  static Error Unknown(const std::string& task, const Error& why) {
    return MakeError(ErrorKind::kUnavailable,
                     "{}: the answer was lost and it cannot be told whether it was done: {}", task,
                     why.message);
  }

 private:
  std::shared_ptr<Remote> remote_;
};

class ObjectInput final : public InputFile {
 public:
  ObjectInput(Caller caller, std::string key, StoredInfo info)
      : caller_(std::move(caller)), key_(std::move(key)), info_(std::move(info)) {}
  int64_t size_bytes() const override { return info_.size_bytes; }

  Result<int64_t> ReadAt(int64_t offset, int64_t out_bytes, void* out) override {
    const int64_t count = std::min(out_bytes, info_.size_bytes - offset);
    if (count <= 0) return 0;
    HttpRequest request = caller_.dialect().Get(caller_.PathOf(key_));
    request.SetHeader("Range", fmt::format("bytes={}-{}", offset, offset + count - 1));
    // Bytes of two states of an object must not be mixed.
    if (!info_.tag.empty()) caller_.dialect().Pin(request, info_.tag);
    const std::string task = caller_.Task("read", key_);
    TRY(const Answer answer, caller_.Send(std::move(request), task));
    if (answer.response.status == 412) {
      return Fail(ErrorKind::kConflict, "{}: the object was replaced while it was read", task);
    }
    if (!answer.response.ok()) {
      return Fail(caller_.remote().sender.Refused(task, answer.response));
    }
    std::string_view bytes = answer.response.body;
    // A server that does not know ranges sends all of it.
    if (answer.response.status == 200 && std::ssize(bytes) == info_.size_bytes) {
      bytes = bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(count));
    }
    if (std::ssize(bytes) != count) {
      return Fail(ErrorKind::kUnavailable, "{}: {} bytes at {} were asked for, {} came", task,
                  count, offset, bytes.size());
    }
    std::memcpy(out, bytes.data(), bytes.size());
    return count;
  }

 private:
  const Caller caller_;
  const std::string key_;
  const StoredInfo info_;
};

/// Small outputs are one Put; larger ones are sent in parts as they are written.
class ObjectOutput final : public OutputFile {
 public:
  ObjectOutput(Caller caller, std::string key) : caller_(std::move(caller)), key_(std::move(key)) {}
  // The store drops what is left of an upload by itself when this does not reach it.
  ~ObjectOutput() override {
    if (upload_ != nullptr) upload_->Abort();
  }

  Status Write(std::string_view bytes) override {
    position_ += std::ssize(bytes);
    while (!bytes.empty()) {
      const auto room = static_cast<size_t>(PartBytes()) - buffer_.size();
      buffer_.append(bytes.substr(0, room));
      bytes.remove_prefix(std::min(room, bytes.size()));
      // The last part must not be empty: a full buffer waits until there is more.
      if (!bytes.empty()) TRY_DO(SendPart());
    }
    return {};
  }
  int64_t position() const override { return position_; }

  Status Close() override {
    if (upload_ == nullptr) return caller_.PutIfAbsent(key_, buffer_);
    TRY(const Answer answer, upload_->Complete(buffer_));
    const bool exists = caller_.dialect().SaysExists(answer.response);
    if (answer.response.ok() || exists) upload_.reset();
    if (answer.response.ok()) return {};
    const std::string task = caller_.Task("write", key_);
    if (answer.may_be_repeated) {
      // An earlier attempt may have ended the upload: stores have several words for that it is
      // gone.
      const auto stored = caller_.Head(key_);
      if (!stored && stored.error().kind != ErrorKind::kNotFound) {
        return Fail(Caller::Unknown(task, stored.error()));
      }
      if (stored && stored->mark == mark_) {
        upload_.reset();
        return {};
      }
    }
    if (exists) return Fail(Exists(task));
    return Fail(caller_.remote().sender.Refused(task, answer.response));
  }

 private:
  int64_t PartBytes() const { return caller_.remote().part_bytes * (1 + parts_ / kPartsOfOneSize); }

  Status SendPart() {
    Remote& remote = caller_.remote();
    if (upload_ == nullptr) {
      mark_ = NewUuid(remote.sender.random());
      TRY(upload_,
          remote.dialect->StartUpload(
              {.path = caller_.PathOf(key_), .task = caller_.Task("write", key_), .mark = mark_},
              remote.sender, *remote.signer));
    }
    TRY_DO(upload_->Part(buffer_));
    ++parts_;
    buffer_.clear();
    return {};
  }

  const Caller caller_;
  const std::string key_;
  std::string buffer_;
  std::string mark_;
  std::unique_ptr<Upload> upload_;
  int64_t parts_ = 0;
  int64_t position_ = 0;
};

class ObjectStore final : public Store {
 public:
  explicit ObjectStore(std::shared_ptr<Remote> remote) : caller_(std::move(remote)) {}

  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    TRY_DO(CheckKey(key));
    TRY_DO(ProveCondition());
    return caller_.PutIfAbsent(key, bytes);
  }

  Status Put(const std::string& key, std::string_view bytes) override {
    TRY_DO(CheckKey(key));
    TRY_DO(ProveCondition());
    const std::string task = caller_.Task("write", key);
    TRY(const Answer answer,
        caller_.Send(caller_.dialect().Put(caller_.PathOf(key), bytes, Condition::kNone), task));
    if (answer.response.ok()) return {};
    return Fail(caller_.RefusedPlace(task, answer.response));
  }

  Result<std::string> Get(const std::string& key) override {
    TRY_DO(CheckKey(key));
    return caller_.Get(key);
  }

  Result<ObjectInfo> Head(const std::string& key) override {
    TRY_DO(CheckKey(key));
    TRY(const StoredInfo info, caller_.Head(key));
    return ObjectInfo{key, info.size_bytes, info.modified_ms};
  }

  Result<std::vector<ObjectInfo>> List(const std::string& prefix, std::string_view from) override {
    TRY(std::vector<ObjectInfo> objects, ListAll(prefix, from, /*recursive=*/false));
    const size_t begin = prefix.empty() ? 0 : prefix.size() + 1;
    std::erase_if(objects, [&](const ObjectInfo& object) {
      const std::string_view name = std::string_view(object.key).substr(begin);
      return name < from || name.find('/') != std::string_view::npos;
    });
    return objects;
  }

  Result<std::vector<ObjectInfo>> ListRecursive(const std::string& prefix) override {
    return ListAll(prefix, "", /*recursive=*/true);
  }

  Status Delete(const std::string& key) override {
    TRY_DO(CheckKey(key));
    return caller_.Delete(key);
  }

  Result<std::unique_ptr<InputFile>> OpenInput(const std::string& key) override {
    TRY_DO(CheckKey(key));
    TRY(StoredInfo info, caller_.Head(key));
    return std::make_unique<ObjectInput>(caller_, key, std::move(info));
  }

  Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& key) override {
    TRY_DO(CheckKey(key));
    TRY_DO(ProveCondition());
    return std::make_unique<ObjectOutput>(caller_, key);
  }

  std::string Describe(const std::string& key) const override { return caller_.UrlOf(key); }

 private:
  /// Sorted by key; those that are not below `prefix`, or not names of ours, are left out.
  Result<std::vector<ObjectInfo>> ListAll(const std::string& prefix, std::string_view from,
                                          bool recursive) const {
    TRY_DO(CheckPrefix(prefix));
    const std::string root = caller_.PathOf("");
    const std::string folder = prefix.empty() ? root : JoinKey(caller_.remote().root, prefix);
    ListQuery query{.prefix = folder.empty() || folder.ends_with('/') ? folder : folder + "/",
                    .from = {},
                    .recursive = recursive,
                    .token = {}};
    if (!from.empty()) query.from = query.prefix + std::string(from);
    const std::string task = caller_.Task("list", prefix);
    std::vector<ObjectInfo> objects;
    do {
      TRY(const Answer answer, caller_.Send(caller_.dialect().List(query), task));
      if (!answer.response.ok()) return Fail(caller_.RefusedPlace(task, answer.response));
      auto page = caller_.dialect().ReadPage(answer.response);
      if (!page) return Fail(std::move(page).error().Within(task));
      for (ObjectInfo& object : page->objects) {
        if (object.key.starts_with(query.prefix)) AddOurs(std::move(object), objects);
      }
      if (!page->next.empty() && page->next == query.token) {
        return Fail(ErrorKind::kCorrupt, "{}: the server gives the same page again", task);
      }
      query.token = std::move(page->next);
    } while (!query.token.empty());
    std::ranges::sort(objects, {}, &ObjectInfo::key);
    return objects;
  }

  /// Markers of folders ("logs/") and other programs' odd names cannot be keys of ours.
  void AddOurs(ObjectInfo object, std::vector<ObjectInfo>& objects) const {
    const std::string& root = caller_.remote().root;
    if (!root.empty()) object.key.erase(0, root.size() + 1);
    const size_t name = object.key.rfind('/') + 1;  // npos + 1 is 0
    if (std::string_view(object.key).substr(name).starts_with(kProbePrefix)) return;
    if (CheckKey(object.key)) objects.push_back(std::move(object));
  }

  /// Writes one object twice: the second attempt must lose. A store that ignores the condition
  /// would let two writers overwrite each other's commits without a word.
  Status ProveCondition() {
    if (is_proved_.load(std::memory_order_acquire)) return {};
    // Two threads may both ask, about two objects. That costs little, and nobody waits in a lock.
    Remote& remote = caller_.remote();
    const std::string key = fmt::format("{}{}", kProbePrefix, NewUuid(remote.sender.random()));
    TRY_DO(caller_.PutIfAbsent(key, "first"));
    const Status second = caller_.PutIfAbsent(key, "second");
    // It may stay: lists leave it out, and there may be no right to delete.
    static_cast<void>(caller_.Delete(key));
    if (!second && second.error().kind == ErrorKind::kAlreadyExists) {
      is_proved_.store(true, std::memory_order_release);
      return {};
    }
    if (!second) return Fail(second.error());
    return Fail(
        MakeError(ErrorKind::kUnsupported,
                  "write {}: the store ignores {}: it replaced an object that was to be created "
                  "only if absent, so two writers would overwrite each other's commits",
                  remote.url, caller_.dialect().ConditionName())
            .WithFix(
                "use a store that keeps the condition, perhaps a newer version of this one, or a "
                "local folder"));
  }

  const Caller caller_;
  std::atomic<bool> is_proved_ = false;
};

}  // namespace

std::unique_ptr<Store> MakeObjectStore(std::shared_ptr<Remote> remote) {
  return std::make_unique<ObjectStore>(std::move(remote));
}

}  // namespace oresmith::storage
