#include "support/fake_gcs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace oresmith {
namespace {

using nlohmann::json;

constexpr std::string_view kObjects = "/storage/v1/b/bucket/o";
constexpr std::string_view kUpload = "/upload/storage/v1/b/bucket/o";

FakeReply ErrorReply(int status, const std::string& message) {
  return {status, {}, json{{"error", {{"code", status}, {"message", message}}}}.dump()};
}

json Item(const std::string& name, const std::string& bytes) {
  return {{"name", name},
          {"size", std::to_string(bytes.size())},
          {"updated", "2013-05-24T00:00:00.000Z"}};
}

}  // namespace

FakeReply FakeGcs::Handle(const FakeRequest& request) {
  const std::lock_guard lock(mutex_);
  // The name of an object is one part of the path: its slashes come encoded.
  const std::string target = request.target.substr(0, request.target.find('?'));
  if (target == kUpload) {
    if (request.Has("upload_id")) return Resume(request, request.Query("upload_id"));
    return Start(request);
  }
  if (target == kObjects) return List(request);
  if (!target.starts_with(kObjects)) return ErrorReply(404, "The bucket does not exist.");
  const std::string encoded = target.substr(kObjects.size() + 1);
  if (encoded.find('/') != std::string::npos) return ErrorReply(404, "Not Found");
  const std::string name = DecodePercent(encoded, false);
  if (request.method != "DELETE") return Read(request, name);
  return objects_.erase(name) == 0 ? ErrorReply(404, "No such object") : FakeReply{204, {}, ""};
}

FakeReply FakeGcs::Start(const FakeRequest& request) {
  const std::string name = request.Query("name");
  const bool must_be_new = request.Query("ifGenerationMatch") == "0" && !ignores_conditions;
  if (request.Query("uploadType") == "media") {
    return Store(name, must_be_new, {request.body, 0, "{}"});
  }
  if (must_be_new && objects_.contains(name)) return ErrorReply(412, "conditionNotMet");
  const std::string id = fmt::format("session-{}", ++changes_);
  sessions_[id] = {name, {"", 0, json::parse(request.body).at("metadata").dump()}};
  return {200,
          {{"Location",
            fmt::format("{}{}?uploadType=resumable&upload_id={}", server.url(), kUpload, id)}},
          ""};
}

FakeReply FakeGcs::Resume(const FakeRequest& request, const std::string& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return ErrorReply(404, "No such upload");
  if (request.method == "DELETE") {
    sessions_.erase(found);
    return {499, {}, ""};
  }
  Session& session = found->second;
  // bytes 0-524287/*
  const std::string range = request.Header("content-range").substr(6);
  const size_t slash = range.find('/');
  const size_t begin = std::stoull(range);
  std::string& bytes = session.object.bytes;
  if (begin > bytes.size()) return ErrorReply(400, "there is a gap");
  // What is kept already is not taken once more.
  std::string_view fresh = request.body;
  fresh.remove_prefix(std::min(fresh.size(), bytes.size() - begin));
  const size_t taken = std::min<size_t>(fresh.size(), static_cast<size_t>(kept_bytes_max));
  bytes.append(fresh.substr(0, taken));
  const std::string total = range.substr(slash + 1);
  if (total == "*" || bytes.size() < std::stoull(total)) {
    if (total == "*" && request.body.size() % (256 << 10) != 0) return ErrorReply(400, "odd size");
    return {308, {{"Range", fmt::format("bytes=0-{}", bytes.size() - 1)}}, ""};
  }
  return Store(session.name, !ignores_conditions, session.object);
}

FakeReply FakeGcs::Store(const std::string& name, bool must_be_new, Object object) {
  if (must_be_new && objects_.contains(name)) return ErrorReply(412, "conditionNotMet");
  object.generation = ++changes_;
  const json reply = Item(name, object.bytes);
  objects_[name] = std::move(object);
  return {200, {}, reply.dump()};
}

FakeReply FakeGcs::Read(const FakeRequest& request, const std::string& name) const {
  const auto found = objects_.find(name);
  if (found == objects_.end()) return ErrorReply(404, "No such object: " + name);
  const Object& object = found->second;
  if (request.Query("alt") != "media") {
    json item = Item(name, object.bytes);
    item["generation"] = std::to_string(object.generation);
    item["metadata"] = json::parse(object.metadata);
    return {200, {}, item.dump()};
  }
  const std::string pinned = request.Query("ifGenerationMatch");
  if (!pinned.empty() && pinned != std::to_string(object.generation)) {
    return ErrorReply(412, "conditionNotMet");
  }
  FakeReply reply{200, {}, object.bytes};
  if (const std::string range = request.Header("range"); !range.empty()) {
    const size_t dash = range.find('-');
    const size_t begin = std::stoull(range.substr(6, dash - 6));
    reply.status = 206;
    reply.body = object.bytes.substr(begin, std::stoull(range.substr(dash + 1)) - begin + 1);
  }
  return reply;
}

FakeReply FakeGcs::List(const FakeRequest& request) const {
  const std::string prefix = request.Query("prefix");
  const std::string from = std::max(request.Query("startOffset"), request.Query("pageToken"));
  json reply{{"kind", "storage#objects"}};
  std::set<std::string> folders;
  int count = 0;
  for (const auto& [name, object] : objects_) {
    if (!name.starts_with(prefix) || name < from) continue;
    const size_t slash = name.find('/', prefix.size());
    const bool is_folder = request.Has("delimiter") && slash != std::string::npos;
    if (is_folder && folders.contains(name.substr(0, slash))) continue;
    if (count++ == page_size) {
      reply["nextPageToken"] = name;
      break;
    }
    if (is_folder) {
      folders.insert(name.substr(0, slash));
    } else {
      reply["items"].push_back(Item(name, object.bytes));
    }
  }
  return {200, {}, reply.dump()};
}

}  // namespace oresmith
