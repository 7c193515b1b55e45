#include <utility>

#include "storage/remote/azure_internal.h"
#include "storage/remote/encoding_internal.h"
#include "storage/remote/xml_internal.h"

namespace oresmith::storage {
namespace {

constexpr const char* kVersion = "2021-08-06";
// A container's metadata names are C# identifiers.
constexpr const char* kMark = "x-ms-meta-oresmith_write";

class AzureRequests {
 public:
  explicit AzureRequests(AzurePlace place) : place_(std::move(place)) {}

  HttpRequest ToContainer(std::string method) const {
    HttpRequest request;
    request.method = std::move(method);
    request.scheme = place_.scheme;
    request.host = place_.host;
    request.path = place_.base + "/" + place_.container;
    request.SetHeader("x-ms-version", kVersion);
    return request;
  }
  HttpRequest ToBlob(std::string method, const std::string& path) const {
    HttpRequest request = ToContainer(std::move(method));
    request.path += "/" + PercentEncode(path, "/");
    return request;
  }

 private:
  const AzurePlace place_;
};

/// Source: "Put Block" and "Put Block List", Azure Blob Storage REST API.
class AzureUpload final : public Upload {
 public:
  AzureUpload(AzureRequests requests, UploadPlan plan, Sender& sender, Signer& signer)
      : requests_(std::move(requests)), plan_(std::move(plan)), sender_(sender), signer_(signer) {}

  Status Part(std::string_view bytes) override {
    // Ids of one blob have the same length; the mark keeps apart the blocks of two writers.
    const std::string id = Base64Encode(fmt::format("{}-{:06}", plan_.mark, ++parts_));
    HttpRequest request = requests_.ToBlob("PUT", plan_.path);
    request.query = {{"comp", "block"}, {"blockid", id}};
    request.body = bytes;
    TRY(const Answer answer, sender_.Send(std::move(request), signer_, plan_.task));
    if (!answer.response.ok()) return Fail(sender_.Refused(plan_.task, answer.response));
    list_ += fmt::format("<Latest>{}</Latest>", id);
    return {};
  }

  Result<Answer> Complete(std::string_view last) override {
    TRY_DO(Part(last));
    const std::string body =
        fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{}</BlockList>", list_);
    HttpRequest request = requests_.ToBlob("PUT", plan_.path);
    request.query = {{"comp", "blocklist"}};
    request.SetHeader("If-None-Match", "*");
    request.SetHeader("Content-Type", "application/xml");
    request.SetHeader(kMark, plan_.mark);
    request.body = body;
    return sender_.Send(std::move(request), signer_, plan_.task);
  }

  // There is no request for it: blocks that no list names go after a week.
  void Abort() override {}

 private:
  const AzureRequests requests_;
  const UploadPlan plan_;
  Sender& sender_;
  Signer& signer_;
  int parts_ = 0;
  std::string list_;
};

/// Accounts with folders show them as empty blobs.
bool IsFolder(const pugi::xml_node& blob) {
  const pugi::xml_node properties = blob.child("Properties");
  return std::string_view(properties.child_value("ResourceType")) == "directory" ||
         std::string_view(blob.child("Metadata").child_value("hdi_isfolder")) == "true";
}

class AzureDialect final : public Dialect {
 public:
  explicit AzureDialect(AzurePlace place) : requests_(std::move(place)) {}

  HttpRequest Get(const std::string& path) const override { return requests_.ToBlob("GET", path); }
  HttpRequest Head(const std::string& path) const override {
    return requests_.ToBlob("HEAD", path);
  }
  HttpRequest Delete(const std::string& path) const override {
    return requests_.ToBlob("DELETE", path);
  }
  HttpRequest Put(const std::string& path, std::string_view bytes,
                  Condition condition) const override {
    HttpRequest request = requests_.ToBlob("PUT", path);
    request.SetHeader("x-ms-blob-type", "BlockBlob");
    request.SetHeader("Content-Type", "application/octet-stream");
    request.body = bytes;
    if (condition == Condition::kIfAbsent) request.SetHeader("If-None-Match", "*");
    return request;
  }
  HttpRequest List(const ListQuery& query) const override {
    HttpRequest request = requests_.ToContainer("GET");
    request.query = {{"restype", "container"}, {"comp", "list"}, {"include", "metadata"}};
    if (!query.prefix.empty()) request.query.emplace_back("prefix", query.prefix);
    if (!query.recursive) request.query.emplace_back("delimiter", "/");
    if (!query.token.empty()) request.query.emplace_back("marker", query.token);
    return request;
  }
  void Pin(HttpRequest& get, const std::string& tag) const override {
    get.SetHeader("If-Match", tag);
  }

  Result<StoredInfo> ReadHead(const HttpResponse& response) const override {
    if (response.Header("x-ms-meta-hdi_isfolder") == "true") {
      return Fail(ErrorKind::kNotFound, "there is a folder of that name, and no object");
    }
    TRY(const int64_t size, ParseSize(response.Header("content-length")));
    return StoredInfo{.size_bytes = size,
                      .modified_ms = ParseTime(response.Header("last-modified")).value_or(0),
                      .tag = std::string(response.Header("etag")),
                      .mark = std::string(response.Header(kMark))};
  }

  Result<ListPage> ReadPage(const HttpResponse& response) const override {
    pugi::xml_document document;
    TRY(const pugi::xml_node root, ParseXml(response.body, "EnumerationResults", document));
    ListPage page;
    page.next = root.child_value("NextMarker");
    for (const pugi::xml_node& blob : root.child("Blobs").children("Blob")) {
      if (IsFolder(blob)) continue;
      const pugi::xml_node name = blob.child("Name");
      const pugi::xml_node properties = blob.child("Properties");
      // Names that XML cannot hold come percent-encoded, and say so.
      const bool encoded = name.attribute("Encoded").as_bool();
      TRY(const int64_t size, ParseSize(properties.child_value("Content-Length")));
      page.objects.push_back(
          {encoded ? PercentDecode(name.child_value(), false) : std::string(name.child_value()),
           size, ParseTime(properties.child_value("Last-Modified")).value_or(0)});
    }
    return page;
  }

  bool SaysExists(const HttpResponse& response) const override {
    if (response.status == 412) return true;
    return response.status == 409 && ReadServiceError(response).code == "BlobAlreadyExists";
  }
  std::string_view ConditionName() const override { return "If-None-Match: *"; }

  Result<std::unique_ptr<Upload>> StartUpload(const UploadPlan& plan, Sender& sender,
                                              Signer& signer) const override {
    return std::make_unique<AzureUpload>(requests_, plan, sender, signer);
  }

 private:
  const AzureRequests requests_;
};

}  // namespace

std::unique_ptr<Dialect> MakeAzureDialect(AzurePlace place) {
  return std::make_unique<AzureDialect>(std::move(place));
}

}  // namespace oresmith::storage
