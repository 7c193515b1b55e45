#pragma once

// As much of Azure's Blob service as our client uses, in memory: /account/container/blob.

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "support/fake_http_server.h"

namespace oresmith {

class FakeAzure {
 public:
  FakeAzure() : server([this](const FakeRequest& request) { return Handle(request); }) {}

  std::atomic<bool> ignores_conditions = false;
  std::atomic<int> page_size = 3;
  std::string endpoint() const { return server.url() + "/account"; }

 private:
  struct Blob {
    std::string bytes;
    std::string etag;
    std::string mark;
  };

  FakeReply Handle(const FakeRequest& request);
  FakeReply Write(const FakeRequest& request, const std::string& name);
  FakeReply Store(const FakeRequest& request, const std::string& name, std::string bytes);
  FakeReply Read(const FakeRequest& request, const std::string& name) const;
  FakeReply List(const FakeRequest& request) const;

  std::mutex mutex_;  // guards all below
  std::map<std::string, Blob> blobs_;
  std::map<std::string, std::map<std::string, std::string>> blocks_;  // by name and id
  int changes_ = 0;

 public:
  /// Last: it must stop before the rest goes.
  FakeHttpServer server;
};

}  // namespace oresmith
