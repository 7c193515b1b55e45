#include "support/fake_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace oresmith {
namespace {

constexpr size_t kBodyBytesMax = 256 << 20;

bool SendAll(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Reads on until the buffer holds `wanted` bytes.
bool Fill(int connection, std::string& buffer, size_t wanted) {
  char chunk[65536];
  while (buffer.size() < wanted) {
    const ssize_t count = ::recv(connection, chunk, sizeof(chunk), 0);
    if (count <= 0) return false;
    buffer.append(chunk, static_cast<size_t>(count));
  }
  return true;
}

void ReadHead(std::string_view head, FakeRequest& request) {
  size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  const size_t space = line.find(' ');
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
  while (end != std::string_view::npos && end + 2 < head.size()) {
    const size_t begin = end + 2;
    end = head.find("\r\n", begin);
    const std::string_view field = head.substr(begin, end == head.npos ? end : end - begin);
    const size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = field.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers[Lower(std::string(field.substr(0, colon)))] = value;
  }
  const size_t question = request.target.find('?');
  request.path = DecodePercent(request.target.substr(0, question), false);
  size_t begin = question == std::string::npos ? request.target.size() : question + 1;
  while (begin < request.target.size()) {
    const size_t stop = std::min(request.target.find('&', begin), request.target.size());
    const std::string pair = request.target.substr(begin, stop - begin);
    const size_t equals = std::min(pair.find('='), pair.size());
    request.query[DecodePercent(pair.substr(0, equals), true)] =
        equals == pair.size() ? "" : DecodePercent(pair.substr(equals + 1), true);
    begin = stop + 1;
  }
}

bool ReadRequest(int connection, std::string& buffer, FakeRequest& request) {
  size_t end = std::string::npos;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill(connection, buffer, buffer.size() + 1)) return false;
  }
  ReadHead(std::string_view(buffer).substr(0, end), request);
  buffer.erase(0, end + 4);
  const std::string length = request.Header("content-length");
  const size_t bytes = length.empty() ? 0 : std::stoull(length);
  if (bytes > kBodyBytesMax || !Fill(connection, buffer, bytes)) return false;
  request.body = buffer.substr(0, bytes);
  buffer.erase(0, bytes);
  return true;
}

std::string Render(const FakeReply& reply, bool has_body) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\n";
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  if (!reply.headers.contains("Content-Length")) {
    text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  }
  return text + "\r\n" + (has_body ? reply.body : "");
}

}  // namespace

std::string DecodePercent(std::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

FakeHttpServer::FakeHttpServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) == 0 && ::listen(listener_, 64) == 0 &&
      ::getsockname(listener_, generic, &length) == 0) {
    port_ = ntohs(address.sin_port);
  }
  acceptor_ = std::jthread([this] { Accept(); });
}

FakeHttpServer::~FakeHttpServer() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const int connection : open_) ::shutdown(connection, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  threads_.clear();
}

void FakeHttpServer::Accept() {
  while (true) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    const int on = 1;
    ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      ::close(connection);
      return;
    }
    ++accepted_;
    open_.insert(connection);
    threads_.emplace_back([this, connection] { Serve(connection); });
  }
}

void FakeHttpServer::Serve(int connection) {
  std::string buffer;
  while (true) {
    FakeRequest request;
    if (!ReadRequest(connection, buffer, request)) break;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (!Answer(connection, request)) break;
  }
  const std::lock_guard lock(mutex_);
  open_.erase(connection);
  ::close(connection);
}

bool FakeHttpServer::Answer(int connection, const FakeRequest& request) {
  const Injection injection = TakeInjection(request);
  const FakeReply reply = injection.fault == Fault::kReply ? injection.reply : handler_(request);
  const std::string text = Render(reply, request.method != "HEAD");
  switch (injection.fault) {
    case Fault::kNone:
    case Fault::kReply:
      return SendAll(connection, text);
    case Fault::kLostAnswer:
      return false;
    case Fault::kNoAnswer: {
      char ignored = 0;  // until the client gives up, or the server ends
      static_cast<void>(::recv(connection, &ignored, 1, 0));
      return false;
    }
    case Fault::kShortBody:
      SendAll(connection, std::string_view(text).substr(0, text.size() - reply.body.size() / 2));
      return false;
    case Fault::kTruncatedHeader:
      SendAll(connection, std::string_view(text).substr(0, 20));
      return false;
  }
  return false;
}

void FakeHttpServer::Inject(Injection injection) {
  const std::lock_guard lock(mutex_);
  injections_.push_back(std::move(injection));
}

void FakeHttpServer::Heal() {
  const std::lock_guard lock(mutex_);
  injections_.clear();
}

Injection FakeHttpServer::TakeInjection(const FakeRequest& request) {
  const std::lock_guard lock(mutex_);
  for (auto it = injections_.begin(); it != injections_.end(); ++it) {
    if (!it->method.empty() && it->method != request.method) continue;
    if (request.target.find(it->target_part) == std::string::npos) continue;
    Injection found = *it;
    if (--it->times == 0) injections_.erase(it);
    return found;
  }
  return {};
}

std::vector<FakeRequest> FakeHttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int FakeHttpServer::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

}  // namespace oresmith
