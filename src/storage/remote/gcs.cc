#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/gcs_internal.h"
#include "storage/remote/settings_internal.h"
#include "storage/remote/xml_internal.h"

namespace oresmith::storage {
namespace {

using nlohmann::json;

constexpr const char* kMark = "oresmith-write";
// The server kept a part of what it was sent. Source: "Resumable uploads", Cloud Storage.
constexpr int kResumeIncomplete = 308;
// A server that takes nothing, again and again, will not take it.
constexpr int kEmptyAnswersMax = 5;

std::string TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<json> ParseObject(const std::string& body) {
  json parsed = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_object()) return parsed;
  return Fail(ErrorKind::kCorrupt, "the server's answer is no JSON object");
}

Result<ObjectInfo> ReadItem(const json& item) {
  // Sizes are text: JSON's numbers do not hold them.
  TRY(const int64_t size, ParseSize(TextOf(item, "size")));
  return ObjectInfo{TextOf(item, "name"), size, ParseTime(TextOf(item, "updated")).value_or(0)};
}

class GcsRequests {
 public:
  explicit GcsRequests(GcsPlace place) : place_(std::move(place)) {}

  HttpRequest ToBucket(std::string method, std::string_view service) const {
    HttpRequest request;
    request.method = std::move(method);
    request.scheme = place_.scheme;
    request.host = place_.host;
    request.path = fmt::format("{}{}/storage/v1/b/{}/o", place_.base, service,
                               PercentEncode(place_.bucket, ""));
    return request;
  }
  HttpRequest ToObject(std::string method, const std::string& path) const {
    HttpRequest request = ToBucket(std::move(method), "");
    request.path += "/" + PercentEncode(path, "");
    return request;
  }

 private:
  const GcsPlace place_;
};

/// Sends an object piece by piece to the address that the server gave for it. The address is a
/// secret: it needs no other credential.
class GcsUpload final : public Upload {
 public:
  GcsUpload(HttpRequest session, UploadPlan plan, Sender& sender)
      : session_(std::move(session)), plan_(std::move(plan)), sender_(sender) {}

  Status Part(std::string_view bytes) override {
    int empty_answers = 0;
    while (!bytes.empty()) {
      TRY(const Answer answer, Send(bytes, "*"));
      const HttpResponse& response = answer.response;
      if (response.status != kResumeIncomplete) {
        return Fail(sender_.Refused(plan_.task, response));
      }
      const int64_t kept = KeptBytes(response.Header("range")) - sent_;
      if (kept < 0 || kept > std::ssize(bytes) ||
          (kept == 0 && ++empty_answers > kEmptyAnswersMax)) {
        return Fail(ErrorKind::kUnavailable, "{}: the server has lost bytes of the upload",
                    plan_.task);
      }
      sent_ += kept;
      bytes.remove_prefix(static_cast<size_t>(kept));
    }
    return {};
  }

  Result<Answer> Complete(std::string_view last) override {
    const int64_t total = sent_ + std::ssize(last);
    bool may_be_repeated = false;
    for (int empty_answers = 0;;) {
      TRY(Answer answer, Send(last, std::to_string(total)));
      may_be_repeated = may_be_repeated || answer.may_be_repeated;
      answer.may_be_repeated = may_be_repeated;
      const int64_t kept = KeptBytes(answer.response.Header("range")) - sent_;
      const bool goes_on = answer.response.status == kResumeIncomplete && kept >= 0 &&
                           kept < std::ssize(last) &&
                           (kept > 0 || ++empty_answers <= kEmptyAnswersMax);
      if (!goes_on) return answer;
      sent_ += kept;
      last.remove_prefix(static_cast<size_t>(kept));
    }
  }

  void Abort() override {
    HttpRequest request = session_;
    request.method = "DELETE";
    NoSigner nobody;
    static_cast<void>(sender_.Send(std::move(request), nobody, plan_.task));
  }

 private:
  Result<Answer> Send(std::string_view bytes, const std::string& total) {
    HttpRequest request = session_;
    request.method = "PUT";
    request.SetHeader("Content-Range",
                      fmt::format("bytes {}-{}/{}", sent_, sent_ + std::ssize(bytes) - 1, total));
    request.body = bytes;
    NoSigner nobody;
    return sender_.Send(std::move(request), nobody, plan_.task);
  }

  /// "bytes=0-524287" are 524288; without the header there are none.
  static int64_t KeptBytes(std::string_view range) {
    int64_t last = -1;
    const size_t dash = range.find('-');
    if (dash == std::string_view::npos) return 0;
    const std::string_view text = range.substr(dash + 1);
    std::from_chars(text.data(), text.data() + text.size(), last);
    return last + 1;
  }

  const HttpRequest session_;
  const UploadPlan plan_;
  Sender& sender_;
  int64_t sent_ = 0;
};

class GcsDialect final : public Dialect {
 public:
  GcsDialect(GcsPlace place, Secrets& secrets) : requests_(std::move(place)), secrets_(secrets) {}

  HttpRequest Get(const std::string& path) const override {
    HttpRequest request = requests_.ToObject("GET", path);
    request.query = {{"alt", "media"}};
    return request;
  }
  HttpRequest Head(const std::string& path) const override {
    return requests_.ToObject("GET", path);
  }
  HttpRequest Delete(const std::string& path) const override {
    return requests_.ToObject("DELETE", path);
  }
  HttpRequest Put(const std::string& path, std::string_view bytes,
                  Condition condition) const override {
    HttpRequest request = requests_.ToBucket("POST", "/upload");
    request.query = {{"uploadType", "media"}, {"name", path}};
    if (condition == Condition::kIfAbsent) request.query.emplace_back("ifGenerationMatch", "0");
    request.SetHeader("Content-Type", "application/octet-stream");
    request.body = bytes;
    return request;
  }
  HttpRequest List(const ListQuery& query) const override {
    HttpRequest request = requests_.ToBucket("GET", "");
    request.query = {{"fields", "items(name,size,updated),nextPageToken"}};
    if (!query.prefix.empty()) request.query.emplace_back("prefix", query.prefix);
    if (!query.recursive) request.query.emplace_back("delimiter", "/");
    if (!query.from.empty()) request.query.emplace_back("startOffset", query.from);
    if (!query.token.empty()) request.query.emplace_back("pageToken", query.token);
    return request;
  }
  void Pin(HttpRequest& get, const std::string& tag) const override {
    get.query.emplace_back("ifGenerationMatch", tag);
  }

  Result<StoredInfo> ReadHead(const HttpResponse& response) const override {
    TRY(const json object, ParseObject(response.body));
    TRY(const ObjectInfo info, ReadItem(object));
    const auto metadata = object.find("metadata");
    const bool marked = metadata != object.end() && metadata->is_object();
    return StoredInfo{.size_bytes = info.size_bytes,
                      .modified_ms = info.modified_ms,
                      .tag = TextOf(object, "generation"),
                      .mark = marked ? TextOf(*metadata, kMark) : ""};
  }

  Result<ListPage> ReadPage(const HttpResponse& response) const override {
    TRY(const json object, ParseObject(response.body));
    ListPage page;
    page.next = TextOf(object, "nextPageToken");
    const auto items = object.find("items");
    if (items == object.end() || !items->is_array()) return page;
    for (const json& item : *items) {
      TRY(ObjectInfo info, ReadItem(item));
      page.objects.push_back(std::move(info));
    }
    return page;
  }

  bool SaysExists(const HttpResponse& response) const override { return response.status == 412; }
  std::string_view ConditionName() const override { return "ifGenerationMatch=0"; }

  Result<std::unique_ptr<Upload>> StartUpload(const UploadPlan& plan, Sender& sender,
                                              Signer& signer) const override {
    HttpRequest request = requests_.ToBucket("POST", "/upload");
    request.query = {{"uploadType", "resumable"}, {"name", plan.path}, {"ifGenerationMatch", "0"}};
    request.SetHeader("Content-Type", "application/json");
    const std::string body = json{{"metadata", {{kMark, plan.mark}}}}.dump();
    request.body = body;
    TRY(const Answer answer, sender.Send(std::move(request), signer, plan.task));
    if (SaysExists(answer.response)) {
      return Fail(ErrorKind::kAlreadyExists, "{}: there is an object of that name", plan.task);
    }
    if (!answer.response.ok()) return Fail(sender.Refused(plan.task, answer.response));
    auto session = ReadSession(answer.response.Header("location"));
    if (!session) return Fail(std::move(session).error().Within(plan.task));
    return std::make_unique<GcsUpload>(std::move(*session), plan, sender);
  }

 private:
  Result<HttpRequest> ReadSession(std::string_view location) const {
    const size_t question = std::min(location.find('?'), location.size());
    auto endpoint = ParseEndpoint("the upload's address", location.substr(0, question));
    if (!endpoint) {
      return Fail(ErrorKind::kCorrupt, "the server gives no address for the upload");
    }
    HttpRequest session;
    session.scheme = std::move(endpoint->scheme);
    session.host = std::move(endpoint->host);
    session.path = std::move(endpoint->path);
    std::string_view rest = location.substr(std::min(question + 1, location.size()));
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('&'), rest.size());
      const std::string_view pair = rest.substr(0, end);
      const size_t equals = std::min(pair.find('='), pair.size());
      session.query.emplace_back(
          PercentDecode(pair.substr(0, equals), false),
          PercentDecode(pair.substr(std::min(equals + 1, pair.size())), false));
      if (session.query.back().first == "upload_id") secrets_.Add(session.query.back().second);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return session;
  }

  const GcsRequests requests_;
  Secrets& secrets_;
};

}  // namespace

std::unique_ptr<Dialect> MakeGcsDialect(GcsPlace place, Secrets& secrets) {
  return std::make_unique<GcsDialect>(std::move(place), secrets);
}

Result<std::string> ServiceAccountClaim(const ServiceAccount& account, Instant now) {
  const int64_t seconds = Millis(now) / 1000;
  json header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!account.key_id.empty()) header["kid"] = account.key_id;
  const json claims{{"iss", account.email},
                    {"scope", "https://www.googleapis.com/auth/devstorage.read_write"},
                    {"aud", account.token_url},
                    {"iat", seconds},
                    {"exp", seconds + 3600}};
  // Texts of a file: not surely UTF-8.
  const auto dump = [](const json& value) {
    return Base64UrlEncode(value.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  const std::string text = dump(header) + "." + dump(claims);
  TRY(const std::string signature, SignRs256(account.key_pem, text));
  return text + "." + Base64UrlEncode(signature);
}

}  // namespace oresmith::storage
