#include "support/fake_s3.h"

#include <fmt/format.h>

#include <set>

namespace oresmith {
namespace {

FakeReply ErrorReply(int status, const std::string& code) {
  return {status,
          {},
          fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code>"
                      "<Message>fake: {}</Message></Error>",
                      code, code)};
}

// As Java's URLEncoder, which S3 uses: a space is '+'.
std::string Encode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '-' ||
                       c == '_' || c == '.' || c == '*';
    if (c == ' ') {
      out += '+';
    } else if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

constexpr const char* kModified = "Fri, 24 May 2013 00:00:00 GMT";

}  // namespace

FakeReply FakeS3::Handle(const FakeRequest& request) {
  const std::lock_guard lock(mutex_);
  if (!request.path.starts_with("/bucket")) return ErrorReply(404, "NoSuchBucket");
  if (request.path == "/bucket") return List(request);
  const std::string key = request.path.substr(8);
  if (request.Has("uploads") || request.Has("uploadId")) return Multipart(request, key);
  if (request.method == "PUT") return Store(request, key, {request.body, "", ""});
  if (request.method == "DELETE") {
    objects_.erase(key);
    return {204, {}, ""};
  }
  return Read(request, key);
}

FakeReply FakeS3::Store(const FakeRequest& request, const std::string& key, Object object) {
  const bool must_be_new = request.Header("if-none-match") == "*" && !ignores_conditions;
  if (must_be_new && objects_.contains(key)) return ErrorReply(412, "PreconditionFailed");
  object.etag = fmt::format("\"{}\"", ++changes_);
  objects_[key] = object;
  return {200, {{"ETag", object.etag}}, ""};
}

FakeReply FakeS3::Read(const FakeRequest& request, const std::string& key) const {
  const auto found = objects_.find(key);
  if (found == objects_.end()) return ErrorReply(404, "NoSuchKey");
  const Object& object = found->second;
  const std::string match = request.Header("if-match");
  if (!match.empty() && match != object.etag) return ErrorReply(412, "PreconditionFailed");
  FakeReply reply{200, {{"ETag", object.etag}, {"Last-Modified", kModified}}, object.bytes};
  if (!object.mark.empty()) reply.headers["x-amz-meta-oresmith-write"] = object.mark;
  if (const std::string range = request.Header("range"); !range.empty()) {
    const size_t dash = range.find('-');
    const size_t begin = std::stoull(range.substr(6, dash - 6));
    const size_t end = std::stoull(range.substr(dash + 1));
    if (begin >= object.bytes.size()) return ErrorReply(416, "InvalidRange");
    reply.status = 206;
    reply.body = object.bytes.substr(begin, end - begin + 1);
  }
  return reply;
}

FakeReply FakeS3::List(const FakeRequest& request) const {
  const std::string prefix = request.Query("prefix");
  const std::string after =
      std::max(request.Query("start-after"), request.Query("continuation-token"));
  std::string body;
  std::set<std::string> folders;
  int count = 0;
  std::string last;
  bool truncated = false;
  for (const auto& [key, object] : objects_) {
    if (!key.starts_with(prefix) || key <= after) continue;
    const size_t slash = key.find('/', prefix.size());
    const bool is_folder = request.Has("delimiter") && slash != std::string::npos;
    if (is_folder && folders.contains(key.substr(0, slash))) continue;
    if (count == page_size) {
      truncated = true;
      break;
    }
    ++count;
    last = key;
    if (is_folder) {
      folders.insert(key.substr(0, slash));
      // The next page starts behind the whole folder.
      last = key.substr(0, slash) + "/\x7f";
      continue;
    }
    body += fmt::format(
        "<Contents><Key>{}</Key><LastModified>2013-05-24T00:00:00.000Z"
        "</LastModified><Size>{}</Size></Contents>",
        Encode(key), object.bytes.size());
  }
  body += fmt::format("<IsTruncated>{}</IsTruncated>", truncated);
  if (truncated) {
    body += fmt::format("<NextContinuationToken>{}</NextContinuationToken>", last);
  }
  return {
      200, {}, "<ListBucketResult><EncodingType>url</EncodingType>" + body + "</ListBucketResult>"};
}

FakeReply FakeS3::Multipart(const FakeRequest& request, const std::string& key) {
  if (request.Has("uploads")) {
    const std::string id = fmt::format("upload-{}", ++changes_);
    uploads_[id] = {key, request.Header("x-amz-meta-oresmith-write"), {}};
    return {200,
            {},
            fmt::format("<InitiateMultipartUploadResult><UploadId>{}</UploadId>"
                        "</InitiateMultipartUploadResult>",
                        id)};
  }
  const auto upload = uploads_.find(request.Query("uploadId"));
  if (upload == uploads_.end()) return ErrorReply(404, "NoSuchUpload");
  if (request.method == "PUT") {
    upload->second.parts[std::stoi(request.Query("partNumber"))] = request.body;
    return {200, {{"ETag", "\"part\""}}, ""};
  }
  if (request.method == "DELETE") {
    uploads_.erase(upload);
    return {204, {}, ""};
  }
  Object object{"", "", upload->second.mark};
  for (const auto& [number, bytes] : upload->second.parts) object.bytes += bytes;
  FakeReply reply = Store(request, key, std::move(object));
  if (reply.status == 200) uploads_.erase(upload);
  return reply;
}

}  // namespace oresmith
