#pragma once

// As much of Google Cloud Storage's JSON API as our client uses, in memory: a bucket named bucket.

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "support/fake_http_server.h"

namespace oresmith {

class FakeGcs {
 public:
  FakeGcs() : server([this](const FakeRequest& request) { return Handle(request); }) {}

  std::atomic<bool> ignores_conditions = false;
  std::atomic<int> page_size = 3;
  /// Of each piece of an upload only so much is kept: a multiple of 256 KiB.
  std::atomic<int64_t> kept_bytes_max = INT64_MAX;

 private:
  struct Object {
    std::string bytes;
    int64_t generation = 0;
    std::string metadata;  // JSON
  };
  struct Session {
    std::string name;
    Object object;
  };

  FakeReply Handle(const FakeRequest& request);
  FakeReply Start(const FakeRequest& request);
  FakeReply Resume(const FakeRequest& request, const std::string& id);
  FakeReply Store(const std::string& name, bool must_be_new, Object object);
  FakeReply Read(const FakeRequest& request, const std::string& name) const;
  FakeReply List(const FakeRequest& request) const;

  std::mutex mutex_;  // guards all below
  std::map<std::string, Object> objects_;
  std::map<std::string, Session> sessions_;
  int64_t changes_ = 0;

 public:
  /// Last: it must stop before the rest goes.
  FakeHttpServer server;
};

}  // namespace oresmith
