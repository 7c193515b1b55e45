#pragma once

// An HTTP server in this process, on a port of loopback that the system picks. It can lose answers.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace oresmith {

struct FakeRequest {
  std::string method;
  std::string target;                          // as it came: path and query
  std::string path;                            // decoded
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  bool Has(const std::string& name) const { return query.contains(name); }
  std::string Query(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
  }
};

struct FakeReply {
  int status = 200;
  std::map<std::string, std::string> headers = {};
  std::string body = {};
};

enum class Fault {
  kNone,
  kLostAnswer,       // does it, then closes the connection without a word
  kNoAnswer,         // does it, and never says so
  kShortBody,        // half of the body, then closes
  kTruncatedHeader,  // the first bytes of the answer, then closes
  kReply,            // does nothing, and gives the reply of the injection
};

struct Injection {
  std::string method = {};       // "" fits all
  std::string target_part = {};  // of the target; "" fits all
  Fault fault = Fault::kNone;
  FakeReply reply = {};
  int times = 1;
};

class FakeHttpServer {
 public:
  using Handler = std::function<FakeReply(const FakeRequest&)>;
  /// `handler` is called by many threads.
  explicit FakeHttpServer(Handler handler);
  ~FakeHttpServer();
  FakeHttpServer(const FakeHttpServer&) = delete;
  FakeHttpServer& operator=(const FakeHttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  /// The next request that fits gets it; injections are used in their order.
  void Inject(Injection injection);
  /// Forgets the injections that are left.
  void Heal();
  /// All requests so far, in the order they came.
  std::vector<FakeRequest> requests() const;
  int connections() const;

 private:
  void Accept();
  void Serve(int connection);
  bool Answer(int connection, const FakeRequest& request);
  Injection TakeInjection(const FakeRequest& request);

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // guards all below
  bool stopped_ = false;
  int accepted_ = 0;
  std::set<int> open_;
  std::vector<Injection> injections_;
  std::vector<FakeRequest> requests_;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

std::string DecodePercent(std::string_view text, bool plus_is_space);

}  // namespace oresmith
