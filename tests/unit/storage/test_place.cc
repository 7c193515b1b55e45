#include "unit/storage/test_place.h"

#include <map>

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
  for (const auto& [name, factory] : Factories()) names.push_back(name);
  return names;
}

std::unique_ptr<TestPlace> MakeTestPlace(const std::string& name) { return Factories().at(name)(); }

}  // namespace oresmith::storage
