#pragma once

// How one kind of object store says what all of them do. ObjectStore does the rest.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/remote/http_internal.h"
#include "storage/remote/sender_internal.h"
#include "storage/store.h"

namespace oresmith::storage {

enum class Condition { kNone, kIfAbsent };

/// Paths here are names in the bucket, with the store's root in front.
struct ListQuery {
  std::string prefix;  ///< with its trailing slash; "" is the whole bucket
  std::string from;    ///< a name that is not behind the first one wanted; may be ""
  bool recursive = false;
  std::string token;  ///< of the page; "" is the first
};

struct ListPage {
  std::vector<ObjectInfo> objects;
  std::string next;  ///< the token of the next page; "" when this is the last
};

struct StoredInfo {
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;
  std::string tag;   ///< changes whenever the bytes do
  std::string mark;  ///< the one that Upload was started with; "" when there is none
};

/// One large object that is being written in parts. It appears when Complete succeeds.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual Status Part(std::string_view bytes) = 0;
  /// An answer of the kind that Put gets: it may say that there is one of that name. `last` holds
  /// the bytes behind the last part, at least one.
  virtual Result<Answer> Complete(std::string_view last) = 0;
  /// Gives up what was written, as far as the store lets it.
  virtual void Abort() = 0;
};

/// What an upload needs.
struct UploadPlan {
  std::string path;
  std::string task;  ///< for messages
  std::string mark;  ///< stored with the object, to know it again
};

/// Has no state that changes: safe to use from many threads.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual HttpRequest Get(const std::string& path) const = 0;
  virtual HttpRequest Head(const std::string& path) const = 0;
  virtual HttpRequest Put(const std::string& path, std::string_view bytes, Condition) const = 0;
  virtual HttpRequest Delete(const std::string& path) const = 0;
  virtual HttpRequest List(const ListQuery& query) const = 0;
  /// Makes a Get fail with 412 when the object has changed since it had this tag.
  virtual void Pin(HttpRequest& get, const std::string& tag) const = 0;
  /// Errors: kCorrupt when the answer is not what the protocol says.
  virtual Result<StoredInfo> ReadHead(const HttpResponse& response) const = 0;
  virtual Result<ListPage> ReadPage(const HttpResponse& response) const = 0;
  /// Whether the answer to a conditional write says that there is one of that name.
  virtual bool SaysExists(const HttpResponse& response) const = 0;
  /// Where parts must be a multiple of something, it divides 256 KiB.
  virtual Result<std::unique_ptr<Upload>> StartUpload(const UploadPlan& plan, Sender& sender,
                                                      Signer& signer) const = 0;
  /// What the condition is called, for messages.
  virtual std::string_view ConditionName() const = 0;
};

}  // namespace oresmith::storage
