#pragma once

// What the tests of the object stores share.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/open_store.h"
#include "support/fake_http_server.h"
#include "support/manual_clock.h"
#include "support/matchers.h"

namespace oresmith::storage {

class ObjectStoreTest : public ::testing::Test {
 protected:
  using Settings = std::map<std::string, std::string>;

  /// An environment of just these variables.
  Result<std::unique_ptr<Store>> Try(Settings settings, Settings environment,
                                     const std::string& url) {
    return OpenStore(url,
                     {.settings = std::move(settings),
                      .environment =
                          [environment](const std::string& name) {
                            const auto found = environment.find(name);
                            return found == environment.end()
                                       ? std::nullopt
                                       : std::optional<std::string>(found->second);
                          }},
                     clock_, random_);
  }

  /// Each kind of call, as something that can fail.
  static std::vector<std::function<Status()>> AllCalls(Store& store) {
    const auto drop = [](const auto&) {};
    return {
        [&store] { return store.PutIfAbsent("k", "v"); },
        [&store] { return store.Put("k", "v"); },
        [&store, drop] { return store.Get("k").map(drop); },
        [&store, drop] { return store.Head("k").map(drop); },
        [&store, drop] { return store.List("k", "").map(drop); },
        [&store, drop] { return store.ListRecursive("k").map(drop); },
        [&store] { return store.Delete("k"); },
        [&store, drop] { return store.OpenInput("k").map(drop); },
        [&store] { return (*store.OpenOutput("k"))->Close(); },
        [&store] { return (*store.OpenOutput("k"))->Write(std::string(6 << 20, 'x')); },
    };
  }

  /// Lets each call fail with answers that hold `echo`: no error may show any of `secrets`.
  static void ExpectNoSecretShown(Store& store, FakeHttpServer& server, const std::string& echo,
                                  const std::vector<std::string>& secrets) {
    for (const int status : {400, 403, 409, 503}) {
      for (const auto& call : AllCalls(store)) {
        server.Inject({.fault = Fault::kReply, .reply = {status, {}, echo}, .times = 1000});
        const Status outcome = call();
        server.Heal();
        ASSERT_FALSE(outcome.has_value());
        const Error& error = outcome.error();
        for (const std::string& secret : secrets) {
          EXPECT_THAT(error.message + error.note + error.fix,
                      ::testing::Not(::testing::HasSubstr(secret)));
        }
      }
    }
  }

  ManualClock clock_;
  Random random_{3};
};

}  // namespace oresmith::storage
