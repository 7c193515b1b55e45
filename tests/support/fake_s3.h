#pragma once

// As much of S3 as our client uses, in memory, path style: /bucket/key.

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "support/fake_http_server.h"

namespace oresmith {

class FakeS3 {
 public:
  FakeS3() : server([this](const FakeRequest& request) { return Handle(request); }) {}

  /// As some servers that speak like S3 do.
  std::atomic<bool> ignores_conditions = false;
  std::atomic<int> page_size = 3;

 private:
  struct Object {
    std::string bytes;
    std::string etag;
    std::string mark;
  };
  struct Upload {
    std::string key;
    std::string mark;
    std::map<int, std::string> parts;
  };

  FakeReply Handle(const FakeRequest& request);
  FakeReply Store(const FakeRequest& request, const std::string& key, Object object);
  FakeReply Read(const FakeRequest& request, const std::string& key) const;
  FakeReply List(const FakeRequest& request) const;
  FakeReply Multipart(const FakeRequest& request, const std::string& key);

  std::mutex mutex_;  // guards all below
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  int changes_ = 0;

 public:
  /// Last: it must stop before the rest goes.
  FakeHttpServer server;
};

}  // namespace oresmith
