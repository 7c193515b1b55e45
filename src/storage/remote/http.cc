#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <mutex>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/http_internal.h"

namespace oresmith::storage {
namespace {

// A header block beyond this is an attack or a mistake.
constexpr size_t kHeadersMax = 1000;

struct CurlFree {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, CurlFree>;
using HeaderList = std::unique_ptr<curl_slist, CurlFree>;

bool EqualNames(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return text;
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  static_cast<HttpResponse*>(user)->body.append(data, size);
  return size;
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  auto& response = *static_cast<HttpResponse*>(user);
  const std::string_view line(data, size);
  // A status line starts a new answer: what came before was an interim one (100 Continue).
  if (line.starts_with("HTTP/")) response.headers.clear();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || response.headers.size() >= kHeadersMax) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  response.headers.emplace_back(std::move(name), std::string(Trim(line.substr(colon + 1))));
  return size;
}

int OnDebug(CURL*, curl_infotype type, char* data, size_t size, void* user) {
  // libcurl hands over the whole header block of a request at once, starting with its method.
  if (type == CURLINFO_HEADER_OUT &&
      std::string_view(data, size).find(" HTTP/") != std::string_view::npos) {
    ++static_cast<HttpResponse*>(user)->sends;
  }
  return 0;
}

std::string UrlOf(const HttpRequest& request) {
  std::string url = request.scheme + "://" + request.host + request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    url += separator;
    url += PercentEncode(name, "");
    url += '=' + PercentEncode(value, "");
    separator = '&';
  }
  return url;
}

HeaderList HeadersOf(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&list](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  };
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    has_type = has_type || EqualNames(name, "Content-Type");
    // "name;" is libcurl's way to write a header without a value.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  // libcurl would add them by itself.
  if (!has_type) add("Content-Type:");
  add("Expect:");
  return list;
}

/// Machines that are never behind a proxy: this one, and the cloud's metadata service.
bool IsNear(std::string_view host) {
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]") ||
         host.starts_with("169.254.");
}

bool IsUsersMistake(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

}  // namespace

void HttpRequest::SetHeader(std::string_view name, std::string value) {
  std::erase_if(headers, [name](const auto& header) { return EqualNames(header.first, name); });
  headers.emplace_back(name, std::move(value));
}

std::string_view HttpResponse::Header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, [](const auto& h) { return h.first; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// Idle handles; each keeps its own connections open.
class HttpClient::Pool {
 public:
  // Counted by libcurl: each has its counterpart in the destructor.
  Pool() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~Pool() {
    idle_.clear();
    curl_global_cleanup();
  }
  Handle Take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Handle(curl_easy_init());
    Handle handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }
  void Return(Handle handle) {
    // Options go, connections stay.
    curl_easy_reset(handle.get());
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(handle));
  }

 private:
  std::mutex mutex_;  // guards idle_
  std::vector<Handle> idle_;
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>()) {}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::Send(const HttpRequest& request) {
  Handle handle = pool_->Take();
  CURL* curl = handle.get();
  if (curl == nullptr) return Fail(ErrorKind::kUnavailable, "libcurl: no memory for a connection");
  HttpResponse response;
  char reason[CURL_ERROR_SIZE] = {};
  const HeaderList headers = HeadersOf(request);
  curl_easy_setopt(curl, CURLOPT_URL, UrlOf(request).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, OnDebug);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &response);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options_.connect_timeout.count()));
  if (options_.stall_timeout < std::chrono::seconds(1)) {
    // Stalls are counted in whole seconds: below that the whole answer is limited.
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.stall_timeout.count()));
  } else {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(options_.stall_timeout.count() / 1000));
  }
  if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
  if (IsNear(request.host)) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    // Not copied; and libcurl can send it once more when a kept-alive connection was closed.
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  if (request.method != "HEAD" && request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  pool_->Return(std::move(handle));
  if (code == CURLE_OK) return response;
  Error error = MakeError(IsUsersMistake(code) ? ErrorKind::kInvalidInput : ErrorKind::kUnavailable,
                          "{}://{}: {}", request.scheme, request.host,
                          reason[0] == '\0' ? curl_easy_strerror(code) : reason);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    error.fix = "name the file of the authority that signed it: oresmith.storage.caFile";
  }
  return Fail(std::move(error));
}

}  // namespace oresmith::storage
