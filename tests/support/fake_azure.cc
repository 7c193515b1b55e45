#include "support/fake_azure.h"

#include <fmt/format.h>

#include <set>

namespace oresmith {
namespace {

constexpr std::string_view kContainer = "/account/container";

FakeReply ErrorReply(int status, const std::string& code) {
  return {status,
          {{"x-ms-error-code", code}},
          fmt::format("\xEF\xBB\xBF<?xml version=\"1.0\"?><Error><Code>{}</Code>"
                      "<Message>fake: {}\nRequestId:1</Message></Error>",
                      code, code)};
}

std::string Escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&' || c == '<' || c == '>' || c == '"') {
      out += fmt::format("&#{};", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

FakeReply FakeAzure::Handle(const FakeRequest& request) {
  const std::lock_guard lock(mutex_);
  if (request.Header("x-ms-version").empty()) return ErrorReply(400, "MissingRequiredHeader");
  if (!request.path.starts_with(kContainer)) return ErrorReply(404, "ContainerNotFound");
  if (request.Query("comp") == "list") return List(request);
  const std::string name = request.path.substr(kContainer.size() + 1);
  if (request.method == "PUT") return Write(request, name);
  if (request.method != "DELETE") return Read(request, name);
  if (blobs_.erase(name) == 0) return ErrorReply(404, "BlobNotFound");
  return {202, {}, ""};
}

FakeReply FakeAzure::Write(const FakeRequest& request, const std::string& name) {
  const std::string what = request.Query("comp");
  if (what == "block") {
    blocks_[name][request.Query("blockid")] = request.body;
    return {201, {}, ""};
  }
  if (what.empty()) {
    if (request.Header("x-ms-blob-type") != "BlockBlob") {
      return ErrorReply(400, "MissingRequiredHeader");
    }
    return Store(request, name, request.body);
  }
  std::string bytes;
  const std::string open = "<Latest>";
  for (size_t at = request.body.find(open); at != std::string::npos;
       at = request.body.find(open, at + 1)) {
    const size_t begin = at + open.size();
    const auto block = blocks_[name].find(
        request.body.substr(begin, request.body.find("</Latest>", begin) - begin));
    if (block == blocks_[name].end()) return ErrorReply(400, "InvalidBlockList");
    bytes += block->second;
  }
  return Store(request, name, std::move(bytes));
}

FakeReply FakeAzure::Store(const FakeRequest& request, const std::string& name, std::string bytes) {
  const bool must_be_new = request.Header("if-none-match") == "*" && !ignores_conditions;
  if (must_be_new && blobs_.contains(name)) return ErrorReply(409, "BlobAlreadyExists");
  const std::string etag = fmt::format("\"0x{}\"", ++changes_);
  blobs_[name] = {std::move(bytes), etag, request.Header("x-ms-meta-oresmith_write")};
  blocks_.erase(name);
  return {201, {{"ETag", etag}}, ""};
}

FakeReply FakeAzure::Read(const FakeRequest& request, const std::string& name) const {
  const auto found = blobs_.find(name);
  if (found == blobs_.end()) return ErrorReply(404, "BlobNotFound");
  const Blob& blob = found->second;
  const std::string match = request.Header("if-match");
  if (!match.empty() && match != blob.etag) return ErrorReply(412, "ConditionNotMet");
  FakeReply reply{
      200, {{"ETag", blob.etag}, {"Last-Modified", "Fri, 24 May 2013 00:00:00 GMT"}}, blob.bytes};
  if (!blob.mark.empty()) reply.headers["x-ms-meta-oresmith_write"] = blob.mark;
  if (const std::string range = request.Header("range"); !range.empty()) {
    const size_t dash = range.find('-');
    const size_t begin = std::stoull(range.substr(6, dash - 6));
    reply.status = 206;
    reply.body = blob.bytes.substr(begin, std::stoull(range.substr(dash + 1)) - begin + 1);
  }
  return reply;
}

FakeReply FakeAzure::List(const FakeRequest& request) const {
  const std::string prefix = request.Query("prefix");
  const std::string marker = request.Query("marker");
  std::string items;
  std::string next;
  std::set<std::string> folders;
  int count = 0;
  for (const auto& [name, blob] : blobs_) {
    if (!name.starts_with(prefix) || name <= marker) continue;
    const size_t slash = name.find('/', prefix.size());
    const bool is_folder = request.Has("delimiter") && slash != std::string::npos;
    if (is_folder && folders.contains(name.substr(0, slash))) continue;
    if (count == page_size) break;
    ++count;
    next = is_folder ? name.substr(0, slash) + "/\x7f" : name;
    if (is_folder) {
      folders.insert(name.substr(0, slash));
      items +=
          fmt::format("<BlobPrefix><Name>{}/</Name></BlobPrefix>", Escape(name.substr(0, slash)));
      continue;
    }
    items += fmt::format(
        "<Blob><Name>{}</Name><Properties><Last-Modified>Fri, 24 May 2013 00:00:00 GMT"
        "</Last-Modified><Content-Length>{}</Content-Length></Properties></Blob>",
        Escape(name), blob.bytes.size());
  }
  // An account with folders shows each as an empty blob.
  items += fmt::format(
      "<Blob><Name>{}folder</Name><Properties><Content-Length>0</Content-Length></Properties>"
      "<Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob>",
      Escape(prefix));
  if (count < page_size) next.clear();
  return {200,
          {},
          fmt::format("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults>"
                      "<Blobs>{}</Blobs><NextMarker>{}</NextMarker></EnumerationResults>",
                      items, Escape(next))};
}

}  // namespace oresmith
