#include <utility>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/s3_internal.h"
#include "storage/remote/xml_internal.h"

namespace oresmith::storage {
namespace {

/// A name that is less than `text`, and so close that nothing worth mentioning lies between: lists
/// begin behind the name they are given. "" when there is none.
std::string JustBefore(std::string text) {
  // Whole characters: half of one is not UTF-8.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
  return text;
}

class S3Requests {
 public:
  explicit S3Requests(S3Place place) : place_(std::move(place)) {}

  HttpRequest ToObject(std::string method, const std::string& path) const {
    HttpRequest request = ToBucket(std::move(method));
    if (!request.path.ends_with('/')) request.path += '/';
    request.path += PercentEncode(path, "/");
    return request;
  }
  HttpRequest ToBucket(std::string method) const {
    HttpRequest request;
    request.method = std::move(method);
    request.scheme = place_.scheme;
    request.host = place_.host;
    request.path = place_.path_style ? "/" + place_.bucket : "/";
    return request;
  }

 private:
  const S3Place place_;
};

/// Source: "Uploading and copying objects using multipart upload", Amazon S3 User Guide.
class S3Upload final : public Upload {
 public:
  struct Names {
    UploadPlan plan;
    std::string id;
  };
  S3Upload(S3Requests requests, Names names, Sender& sender, Signer& signer)
      : requests_(std::move(requests)),
        names_(std::move(names)),
        sender_(sender),
        signer_(signer) {}

  Status Part(std::string_view bytes) override {
    HttpRequest request = requests_.ToObject("PUT", names_.plan.path);
    request.query = {{"partNumber", std::to_string(++parts_)}, {"uploadId", names_.id}};
    request.body = bytes;
    TRY(const Answer answer, sender_.Send(std::move(request), signer_, names_.plan.task));
    if (!answer.response.ok()) {
      return Fail(sender_.Refused(names_.plan.task, answer.response));
    }
    list_ += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", parts_,
                         XmlEscape(answer.response.Header("etag")));
    return {};
  }

  Result<Answer> Complete(std::string_view last) override {
    TRY_DO(Part(last));
    const std::string body =
        fmt::format("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", list_);
    HttpRequest request = requests_.ToObject("POST", names_.plan.path);
    request.query = {{"uploadId", names_.id}};
    request.SetHeader("If-None-Match", "*");
    request.SetHeader("Content-Type", "application/xml");
    request.body = body;
    return sender_.Send(std::move(request), signer_, names_.plan.task);
  }

  void Abort() override {
    HttpRequest request = requests_.ToObject("DELETE", names_.plan.path);
    request.query = {{"uploadId", names_.id}};
    static_cast<void>(sender_.Send(std::move(request), signer_, names_.plan.task));
  }

 private:
  const S3Requests requests_;
  const Names names_;
  Sender& sender_;
  Signer& signer_;
  int parts_ = 0;
  std::string list_;
};

class S3Dialect final : public Dialect {
 public:
  explicit S3Dialect(S3Place place) : requests_(std::move(place)) {}

  HttpRequest Get(const std::string& path) const override {
    return requests_.ToObject("GET", path);
  }
  HttpRequest Head(const std::string& path) const override {
    return requests_.ToObject("HEAD", path);
  }
  HttpRequest Delete(const std::string& path) const override {
    return requests_.ToObject("DELETE", path);
  }
  HttpRequest Put(const std::string& path, std::string_view bytes,
                  Condition condition) const override {
    HttpRequest request = requests_.ToObject("PUT", path);
    request.body = bytes;
    if (condition == Condition::kIfAbsent) request.SetHeader("If-None-Match", "*");
    return request;
  }
  HttpRequest List(const ListQuery& query) const override {
    HttpRequest request = requests_.ToBucket("GET");
    // Names may hold what XML cannot: they come percent-encoded.
    request.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", query.prefix}};
    if (!query.recursive) request.query.emplace_back("delimiter", "/");
    if (!query.token.empty()) {
      request.query.emplace_back("continuation-token", query.token);
    } else if (const std::string after = JustBefore(query.from); after > query.prefix) {
      request.query.emplace_back("start-after", after);
    }
    return request;
  }
  void Pin(HttpRequest& get, const std::string& tag) const override {
    get.SetHeader("If-Match", tag);
  }

  Result<StoredInfo> ReadHead(const HttpResponse& response) const override {
    TRY(const int64_t size, ParseSize(response.Header("content-length")));
    return StoredInfo{.size_bytes = size,
                      .modified_ms = ParseTime(response.Header("last-modified")).value_or(0),
                      .tag = std::string(response.Header("etag")),
                      .mark = std::string(response.Header("x-amz-meta-oresmith-write"))};
  }

  Result<ListPage> ReadPage(const HttpResponse& response) const override {
    pugi::xml_document document;
    TRY(const pugi::xml_node root, ParseXml(response.body, "ListBucketResult", document));
    const bool encoded = std::string_view(root.child_value("EncodingType")) == "url";
    ListPage page;
    for (const pugi::xml_node& node : root.children("Contents")) {
      TRY(const int64_t size, ParseSize(node.child_value("Size")));
      const std::string_view name = node.child_value("Key");
      page.objects.push_back(
          {encoded ? PercentDecode(name, /*plus_is_space=*/true) : std::string(name), size,
           ParseTime(node.child_value("LastModified")).value_or(0)});
    }
    if (std::string_view(root.child_value("IsTruncated")) == "true") {
      page.next = root.child_value("NextContinuationToken");
      if (page.next.empty()) {
        return Fail(ErrorKind::kCorrupt, "the server's list is cut short without a token to go on");
      }
    }
    return page;
  }

  bool SaysExists(const HttpResponse& response) const override { return response.status == 412; }
  std::string_view ConditionName() const override { return "If-None-Match: *"; }

  Result<std::unique_ptr<Upload>> StartUpload(const UploadPlan& plan, Sender& sender,
                                              Signer& signer) const override {
    HttpRequest request = requests_.ToObject("POST", plan.path);
    request.query = {{"uploads", ""}};
    request.SetHeader("x-amz-meta-oresmith-write", plan.mark);
    TRY(const Answer answer, sender.Send(std::move(request), signer, plan.task));
    if (!answer.response.ok()) return Fail(sender.Refused(plan.task, answer.response));
    pugi::xml_document document;
    auto root = ParseXml(answer.response.body, "InitiateMultipartUploadResult", document);
    if (!root) return Fail(std::move(root).error().Within(plan.task));
    return std::make_unique<S3Upload>(
        requests_, S3Upload::Names{plan, root->child_value("UploadId")}, sender, signer);
  }

 private:
  const S3Requests requests_;
};

}  // namespace

std::unique_ptr<Dialect> MakeS3Dialect(S3Place place) {
  return std::make_unique<S3Dialect>(std::move(place));
}

}  // namespace oresmith::storage
