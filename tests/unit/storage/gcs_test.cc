#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/gcs_internal.h"
#include "support/fake_gcs.h"
#include "support/temporary_folder.h"
#include "unit/storage/object_store_fixture.h"

namespace oresmith::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing_support;

constexpr const char* kUrl = "gs://bucket/root";

/// An RSA key of this run.
class RsaKey {
 public:
  RsaKey() : key_(EVP_RSA_gen(2048)) {}
  ~RsaKey() { EVP_PKEY_free(key_); }
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  std::string Pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key_, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<size_t>(size));
    BIO_free(bio);
    return pem;
  }
  bool Verifies(const std::string& text, const std::string& signature) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool good =
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key_) == 1 &&
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                         signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                         text.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
  }

 private:
  EVP_PKEY* key_;
};

std::string DecodeUrl64(std::string text) {
  for (char& c : text) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  text.resize((text.size() + 3) / 4 * 4, '=');
  return Base64Decode(text).value_or("");
}

class GcsStore : public ObjectStoreTest {
 protected:
  Settings With(Settings more) const {
    Settings settings{{"fs.gs.storage.root.url", gcs_.server.url()},
                      {"oresmith.storage.requestTimeout", "5s"},
                      {"oresmith.storage.partBytes", "5242880"}};
    for (auto& [name, value] : more) settings[name] = value;
    return settings;
  }
  std::unique_ptr<Store> Open() {
    return Try(With({{"fs.gs.auth.type", "UNAUTHENTICATED"}}), {}, kUrl).value();
  }

  FakeGcs gcs_;
};

TEST_F(GcsStore, AStoreThatIgnoresTheConditionIsRefusedForWriting) {
  gcs_.ignores_conditions = true;
  EXPECT_THAT(Open()->PutIfAbsent("a", "x"),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("ignores ifGenerationMatch=0")));
}

TEST_F(GcsStore, ALostAnswerToOurOwnWriteIsASuccess) {
  const auto store = Open();
  ASSERT_THAT(store->Put("first", "."), IsOk());
  gcs_.server.Inject({.target_part = "log%2F1", .fault = Fault::kLostAnswer});
  EXPECT_THAT(store->PutIfAbsent("log/1", "ours"), IsOk());
  EXPECT_THAT(store->PutIfAbsent("log/1", "theirs"),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("log/1")));
}

// The server may keep a part of a piece; the rest is sent again, also of the last one.
TEST_F(GcsStore, ALargeOutputOfWhichPiecesAreKeptInPartComesWhole) {
  const auto store = Open();
  ASSERT_THAT(store->Put("first", "."), IsOk());
  gcs_.kept_bytes_max = 3 << 20;
  std::string bytes(13 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  auto output = store->OpenOutput("large").value();
  ASSERT_THAT(output->Write(bytes), IsOk());
  ASSERT_THAT(output->Close(), IsOk());
  EXPECT_TRUE(store->Get("large").value() == bytes);
}

TEST_F(GcsStore, ALargeOutputSurvivesLostAnswers) {
  const auto store = Open();
  ASSERT_THAT(store->Put("first", "."), IsOk());
  for (int call = 0; call < 3; ++call) {
    auto output = store->OpenOutput("large" + std::to_string(call)).value();
    if (call == 0) gcs_.server.Inject({.method = "POST", .fault = Fault::kLostAnswer});
    if (call == 1) gcs_.server.Inject({.method = "PUT", .fault = Fault::kLostAnswer});
    ASSERT_THAT(output->Write(std::string(6 << 20, 'x')), IsOk());
    if (call == 2) gcs_.server.Inject({.method = "PUT", .fault = Fault::kLostAnswer});
    EXPECT_THAT(output->Close(), IsOk()) << call;
    EXPECT_EQ(store->Head("large" + std::to_string(call)).value().size_bytes, 6 << 20);
  }
}

TEST_F(GcsStore, AServiceAccountsKeyBuysATokenThatIsCachedAndNotShown) {
  const RsaKey key;
  FakeHttpServer tokens([](const FakeRequest&) -> FakeReply {
    return {200, {}, R"({"access_token":"the-access-token","expires_in":3599})"};
  });
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/key.json";
  std::ofstream(file) << nlohmann::json{{"type", "service_account"},
                                        {"client_email", "robot@project.example"},
                                        {"private_key", key.Pem()},
                                        {"private_key_id", "k1"},
                                        {"token_uri", tokens.url() + "/token"}};
  const auto store =
      Try(With({{"google.cloud.auth.service.account.json.keyfile", file}}), {}, kUrl).value();
  ASSERT_THAT(store->Put("k", "v"), IsOk());
  ASSERT_THAT(store->Get("k"), IsOk());
  ASSERT_EQ(tokens.requests().size(), 1U);
  EXPECT_EQ(gcs_.server.requests().back().Header("authorization"), "Bearer the-access-token");

  const std::string body = tokens.requests()[0].body;
  const std::string claim = body.substr(body.find("assertion=") + 10);
  const size_t dot = claim.rfind('.');
  EXPECT_TRUE(key.Verifies(claim.substr(0, dot), DecodeUrl64(claim.substr(dot + 1))));
  const size_t first = claim.find('.');
  const auto claims = nlohmann::json::parse(DecodeUrl64(claim.substr(first + 1, dot - first - 1)));
  EXPECT_EQ(claims["iss"], "robot@project.example");
  EXPECT_EQ(claims["aud"], tokens.url() + "/token");
  EXPECT_EQ(claims["exp"].get<int64_t>() - claims["iat"].get<int64_t>(), 3600);

  ExpectNoSecretShown(
      *store, gcs_.server,
      nlohmann::json{
          {"error", {{"code", 403}, {"message", "Bearer the-access-token and the-access-token"}}}}
          .dump(),
      {"the-access-token"});
}

TEST_F(GcsStore, AMachinesIdentityIsAskedWhenThereIsNothingElse) {
  FakeHttpServer machine([](const FakeRequest&) -> FakeReply {
    return {200, {}, R"({"access_token":"machine-token","expires_in":3599})"};
  });
  const auto store = Try(With({}), {{"GCE_METADATA_HOST", machine.host()}}, kUrl).value();
  ASSERT_THAT(store->List("", ""), IsOk());
  EXPECT_EQ(gcs_.server.requests().back().Header("authorization"), "Bearer machine-token");
  EXPECT_EQ(machine.requests().back().Header("metadata-flavor"), "Google");
}

TEST_F(GcsStore, AMissingBucketIsTheUsersToMend) {
  const auto store =
      Try(With({{"fs.gs.auth.type", "UNAUTHENTICATED"}}), {}, "gs://elsewhere/x").value();
  const auto mend = FailsWith(ErrorKind::kInvalidInput, HasSubstr("bucket does not exist"));
  EXPECT_THAT(store->PutIfAbsent("k", "v"), mend);
  EXPECT_THAT(store->ListRecursive(""), mend);
}

TEST_F(GcsStore, MissingAndBadCredentialsSayWhere) {
  const auto store =
      Try(With({}), {{"GCE_METADATA_HOST", "127.0.0.1:1"}, {"HOME", "/nowhere"}}, kUrl).value();
  EXPECT_THAT(store->Get("k"),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("GOOGLE_APPLICATION_CREDENTIALS"),
                              HasSubstr("/nowhere/.config/gcloud"), HasSubstr("127.0.0.1:1"))));
  EXPECT_THAT(Try(With({}), {{"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json"}}, kUrl),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("cannot read /nowhere/key.json")));
  EXPECT_THAT(Try(With({{"fs.gs.auth.service.account.email", "robot@x"},
                        {"fs.gs.auth.service.account.private.key", "no-key-at-all"}}),
                  {}, kUrl),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("not a private key"), Not(HasSubstr("no-key-at-all")))));
}

}  // namespace
}  // namespace oresmith::storage
