#include "unit/storage/test_place.h"

#include <fstream>
#include <map>
#include <sstream>

#include "storage/open_store.h"
#include "support/fake_azure.h"
#include "support/fake_gcs.h"
#include "support/fake_s3.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace oresmith::storage {
namespace {

class LocalPlace final : public TestPlace {
 public:
  std::unique_ptr<Store> Open() override { return MakeLocalStore(folder_.path() + "/root"); }

 private:
  TemporaryFolder folder_;
};

class MemoryPlace final : public TestPlace {
 public:
  std::unique_ptr<Store> Open() override { return MakeMemoryStore(); }
};

/// What object stores are opened with.
struct Surroundings {
  ManualClock clock;
  Random random{7};
  std::unique_ptr<Store> Open(const std::string& url, std::map<std::string, std::string> settings) {
    settings["oresmith.storage.partBytes"] = "5242880";
    return OpenStore(url, {.settings = std::move(settings), .environment = {}}, clock, random)
        .value();
  }
};

class S3TestPlace final : public TestPlace {
 public:
  std::unique_ptr<Store> Open() override {
    return surroundings_.Open("s3://bucket/some/root", {{"fs.s3a.endpoint", s3_.server.url()},
                                                        {"fs.s3a.access.key", "key"},
                                                        {"fs.s3a.secret.key", "secret"}});
  }

 private:
  FakeS3 s3_;
  Surroundings surroundings_;
};

class AzureTestPlace final : public TestPlace {
 public:
  std::unique_ptr<Store> Open() override {
    return surroundings_.Open("abfss://container@account.dfs.core.windows.net/some/root",
                              {{"oresmith.storage.azure.endpoint", azure_.endpoint()},
                               {"fs.azure.account.key.account.dfs.core.windows.net", "c2VjcmV0"}});
  }

 private:
  FakeAzure azure_;
  Surroundings surroundings_;
};

class GcsTestPlace final : public TestPlace {
 public:
  std::unique_ptr<Store> Open() override {
    return surroundings_.Open(
        "gs://bucket/some/root",
        {{"fs.gs.storage.root.url", gcs_.server.url()}, {"fs.gs.auth.type", "UNAUTHENTICATED"}});
  }

 private:
  FakeGcs gcs_;
  Surroundings surroundings_;
};

/// A server outside of this process; each place is a folder of its own.
class PeerPlace final : public TestPlace {
 public:
  PeerPlace(std::string url, std::map<std::string, std::string> settings)
      : settings_(std::move(settings)) {
    Random random;
    url_ = fmt::format("{}/{}", url, NewUuid(random));
  }
  std::unique_ptr<Store> Open() override {
    settings_["oresmith.storage.partBytes"] = "5242880";
    return OpenStore(url_, {.settings = settings_, .environment = {}}, clock_, random_).value();
  }

 private:
  std::string url_;
  std::map<std::string, std::string> settings_;
  const SystemClock clock_;
  Random random_;
};

// In the folder where the tests run: a line for each server, "name TAB url TAB setting=value ...".
// With it the servers are tried, and nothing else. tests/object_stores writes it.
constexpr const char* kPeersFile = "object-store-peers.txt";

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream text(line);
  for (std::string word; std::getline(text, word, '\t');) words.push_back(word);
  return words;
}

std::map<std::string, std::vector<std::string>> Peers() {
  std::map<std::string, std::vector<std::string>> peers;
  std::ifstream file(kPeersFile);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> words = Split(line);
    if (words.size() >= 2) peers[words[0]] = words;
  }
  return peers;
}

std::unique_ptr<TestPlace> MakePeer(const std::vector<std::string>& words) {
  std::map<std::string, std::string> settings;
  for (size_t i = 2; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    settings[words[i].substr(0, equals)] = words[i].substr(equals + 1);
  }
  return std::make_unique<PeerPlace>(words[1], std::move(settings));
}

using Factory = std::unique_ptr<TestPlace> (*)();
template <class T>
std::unique_ptr<TestPlace> Make() {
  return std::make_unique<T>();
}

std::map<std::string, Factory> Factories() {
  return {{"azure", Make<AzureTestPlace>},
          {"gcs", Make<GcsTestPlace>},
          {"local", Make<LocalPlace>},
          {"memory", Make<MemoryPlace>},
          {"s3", Make<S3TestPlace>}};
}

}  // namespace

std::vector<std::string> TestPlaceNames() {
  std::vector<std::string> names;
  for (const auto& [name, words] : Peers()) names.push_back(name);
  if (!names.empty()) return names;
  for (const auto& [name, factory] : Factories()) names.push_back(name);
  return names;
}

std::unique_ptr<TestPlace> MakeTestPlace(const std::string& name) {
  const auto peers = Peers();
  const auto peer = peers.find(name);
  return peer == peers.end() ? Factories().at(name)() : MakePeer(peer->second);
}

}  // namespace oresmith::storage
