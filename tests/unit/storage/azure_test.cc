#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/remote/azure_internal.h"
#include "storage/remote/encoding_internal.h"
#include "support/fake_azure.h"
#include "unit/storage/object_store_fixture.h"

namespace oresmith::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing_support;

constexpr const char* kKey = "c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==";
constexpr const char* kUrl = "abfss://container@account.dfs.core.windows.net/root";

// The examples of "Authorize with Shared Key", Azure Storage REST API.
TEST(AzureStringToSign, GetContainerMetadata) {
  HttpRequest request;
  request.path = "/mycontainer";
  request.query = {{"restype", "container"}, {"comp", "metadata"}, {"timeout", "20"}};
  request.SetHeader("x-ms-version", "2015-02-21");
  request.SetHeader("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
  EXPECT_EQ(AzureStringToSign(request, "myaccount"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\n"
            "x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
            "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST(AzureStringToSign, PutWithALengthAndAConditionNamesBoth) {
  HttpRequest request;
  request.method = "PUT";
  request.path = "/container/a%20b";
  request.body = "12345";
  request.SetHeader("If-None-Match", "*");
  request.SetHeader("Content-Type", "text/plain");
  request.SetHeader("x-ms-blob-type", "BlockBlob");
  EXPECT_EQ(AzureStringToSign(request, "myaccount"),
            "PUT\n\n\n5\n\ntext/plain\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\n"
            "/myaccount/container/a%20b");
}

class AzureStore : public ObjectStoreTest {
 protected:
  Settings With(Settings more) const {
    Settings settings{{"oresmith.storage.azure.endpoint", azure_.endpoint()},
                      {"oresmith.storage.requestTimeout", "5s"},
                      {"oresmith.storage.partBytes", "5242880"}};
    for (auto& [name, value] : more) settings[name] = value;
    return settings;
  }
  std::unique_ptr<Store> OpenByKey() {
    return Try(With({{"fs.azure.account.key.account.dfs.core.windows.net", kKey}}), {}, kUrl)
        .value();
  }
  FakeRequest Last() const { return azure_.server.requests().back(); }

  FakeAzure azure_;
};

TEST_F(AzureStore, AStoreThatIgnoresTheConditionIsRefusedForWriting) {
  azure_.ignores_conditions = true;
  EXPECT_THAT(OpenByKey()->PutIfAbsent("a", "x"),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("ignores If-None-Match")));
}

TEST_F(AzureStore, ALostAnswerToOurOwnWriteIsASuccess) {
  const auto store = OpenByKey();
  ASSERT_THAT(store->Put("first", "."), IsOk());
  azure_.server.Inject({.target_part = "log/1", .fault = Fault::kLostAnswer});
  EXPECT_THAT(store->PutIfAbsent("log/1", "ours"), IsOk());
  EXPECT_THAT(store->PutIfAbsent("log/1", "theirs"),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("log/1")));
}

TEST_F(AzureStore, ALostAnswerToTheEndOfALargeOutputIsASuccess) {
  const auto store = OpenByKey();
  auto output = store->OpenOutput("large").value();
  ASSERT_THAT(output->Write(std::string(6 << 20, 'x')), IsOk());
  azure_.server.Inject({.target_part = "blocklist", .fault = Fault::kLostAnswer});
  EXPECT_THAT(output->Close(), IsOk());
  EXPECT_EQ(store->Head("large").value().size_bytes, 6 << 20);
}

TEST_F(AzureStore, AThrottledRequestIsTriedAgain) {
  const auto store = OpenByKey();
  azure_.server.Inject({.fault = Fault::kReply,
                        .reply = {503, {{"x-ms-error-code", "ServerBusy"}}, ""},
                        .times = 2});
  EXPECT_THAT(store->List("", ""), IsOk());
}

TEST_F(AzureStore, AMissingContainerIsTheUsersToMend) {
  const auto store = Try(With({{"fs.azure.account.key.account.dfs.core.windows.net", kKey}}), {},
                         "abfss://elsewhere@account.dfs.core.windows.net/x")
                         .value();
  EXPECT_THAT(store->PutIfAbsent("k", "v"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("ContainerNotFound")));
}

TEST_F(AzureStore, ASasTokenSignsByItselfAndIsNotShown) {
  const std::string sas = "?sv=2021-08-06&sp=rwdl&sig=aB%2Bc%2Fd0123456789%3D";
  const auto store =
      Try(With({{"fs.azure.sas.fixed.token.account.dfs.core.windows.net", sas}}), {}, kUrl).value();
  ASSERT_THAT(store->Put("k", "v"), IsOk());
  EXPECT_EQ(Last().Query("sig"), "aB+c/d0123456789=");
  EXPECT_EQ(Last().Header("authorization"), "");
  ExpectNoSecretShown(*store, azure_.server,
                      "<Error><Code>AuthenticationFailed</Code><Message>" + sas +
                          " aB+c/d0123456789= sig=another</Message></Error>",
                      {"aB%2Bc%2Fd0123456789", "aB+c/d0123456789", "sig=another"});
}

TEST_F(AzureStore, TheAccountsKeyIsNotShown) {
  const auto store = OpenByKey();
  ASSERT_THAT(store->Put("k", "v"), IsOk());
  ExpectNoSecretShown(*store, azure_.server,
                      fmt::format("<Error><Code>AuthenticationFailed</Code><Message>{} SharedKey "
                                  "account:signature-text</Message></Error>",
                                  kKey),
                      {kKey, "signature-text"});
}

/// A token server that counts what it gave out, for a client and for a machine.
class TokenServer {
 public:
  std::atomic<int> given = 0;
  FakeHttpServer server{[this](const FakeRequest&) -> FakeReply {
    return {200, {}, fmt::format(R"({{"access_token":"token-{}","expires_in":"3600"}})", ++given)};
  }};
};

TEST_F(AzureStore, AClientsTokenIsCachedRenewedBeforeItEndsAndAfterA401) {
  TokenServer tokens;
  const auto store =
      Try(With({{"fs.azure.account.auth.type.account.dfs.core.windows.net", "OAuth"},
                {"fs.azure.account.oauth2.client.id.account.dfs.core.windows.net", "the-client"},
                {"fs.azure.account.oauth2.client.secret.account.dfs.core.windows.net",
                 "the-client-secret"},
                {"fs.azure.account.oauth2.client.endpoint.account.dfs.core.windows.net",
                 tokens.server.url() + "/tenant/oauth2/token"}}),
          {}, kUrl)
          .value();
  ASSERT_THAT(store->Put("k", "v"), IsOk());
  EXPECT_EQ(tokens.given, 1);
  const FakeRequest asked = tokens.server.requests().back();
  EXPECT_EQ(asked.path, "/tenant/oauth2/token");
  EXPECT_EQ(asked.body,
            "grant_type=client_credentials&client_id=the-client&"
            "resource=https%3A%2F%2Fstorage.azure.com%2F&"
            "client_secret=the-client-secret");
  EXPECT_EQ(Last().Header("authorization"), "Bearer token-1");
  clock_.Advance(std::chrono::minutes(56));
  ASSERT_THAT(store->Get("k"), IsOk());
  EXPECT_EQ(Last().Header("authorization"), "Bearer token-2");
  azure_.server.Inject({.fault = Fault::kReply, .reply = {401, {}, ""}});
  ASSERT_THAT(store->Get("k"), IsOk());
  EXPECT_EQ(Last().Header("authorization"), "Bearer token-3");
  ExpectNoSecretShown(*store, azure_.server,
                      "<Error><Message>token-3 the-client-secret</Message></Error>",
                      {"token-3", "the-client-secret"});
}

TEST_F(AzureStore, ARefusedTokenSaysWhy) {
  FakeHttpServer tokens([](const FakeRequest&) -> FakeReply {
    return {401, {}, R"({"error":"invalid_client","error_description":"AADSTS7000215: wrong"})"};
  });
  const auto store = Try(With({}),
                         {{"AZURE_CLIENT_ID", "the-client"},
                          {"AZURE_CLIENT_SECRET", "the-client-secret"},
                          {"AZURE_TENANT_ID", "tenant"},
                          {"AZURE_AUTHORITY_HOST", tokens.url()}},
                         kUrl)
                         .value();
  EXPECT_THAT(store->Get("k"),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("invalid_client: AADSTS7000215"),
                                                        Not(HasSubstr("the-client-secret")))));
  EXPECT_THAT(tokens.requests().back().body, HasSubstr("scope=https%3A%2F%2Fstorage.azure.com"));
}

TEST_F(AzureStore, AMachinesIdentityIsAskedWhenThereIsNothingElse) {
  TokenServer machine;
  const auto store =
      Try(With({}), {{"IDENTITY_ENDPOINT", machine.server.url() + "/msi"}}, kUrl).value();
  ASSERT_THAT(store->List("", ""), IsOk());
  EXPECT_EQ(Last().Header("authorization"), "Bearer token-1");
  EXPECT_EQ(machine.server.requests().back().Query("resource"), "https://storage.azure.com/");
  EXPECT_EQ(machine.server.requests().back().Header("metadata"), "true");
}

TEST_F(AzureStore, MissingCredentialsNameEachPlaceThatWasLookedAt) {
  const auto store = Try(With({}), {{"IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi"}}, kUrl).value();
  EXPECT_THAT(store->Get("k"),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("fs.azure.account.key.account.dfs.core.windows.net"),
                              HasSubstr("AZURE_STORAGE_SAS_TOKEN"), HasSubstr("AZURE_CLIENT_ID"),
                              HasSubstr("127.0.0.1:1"))));
}

TEST_F(AzureStore, AConnectionStringSaysAll) {
  const auto store =
      Try({},
          {{"AZURE_STORAGE_CONNECTION_STRING",
            fmt::format("DefaultEndpointsProtocol=http;AccountName=account;AccountKey={};"
                        "BlobEndpoint={};",
                        kKey, azure_.endpoint())}},
          "az://container/root")
          .value();
  ASSERT_THAT(store->Put("k", "v"), IsOk());
  EXPECT_THAT(Last().Header("authorization"), HasSubstr("SharedKey account:"));
}

TEST_F(AzureStore, BadUrlsKeysAndSettingsAreRefusedByName) {
  const auto retired = Try({}, {}, "wasbs://c@a.blob.core.windows.net/x");
  EXPECT_THAT(retired, FailsWith(ErrorKind::kUnsupported, HasSubstr("wasbs://")));
  EXPECT_THAT(retired.error().fix, HasSubstr("abfss://container@account"));
  EXPECT_THAT(Try({}, {}, "abfss://container/x"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("a container and an account")));
  EXPECT_THAT(Try({}, {}, "az://container/x"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("AZURE_STORAGE_ACCOUNT")));
  EXPECT_THAT(Try({{"fs.azure.account.key.account.dfs.core.windows.net", "no base64!"}}, {}, kUrl),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("is not base64"), Not(HasSubstr("no base64!")))));
  const auto slip = Try({{"fs.azure.acount.key.account.dfs.core.windows.net", "x"}}, {}, kUrl);
  ASSERT_FALSE(slip.has_value());
  EXPECT_THAT(slip.error().fix, HasSubstr("did you mean fs.azure.account.key?"));
}

}  // namespace
}  // namespace oresmith::storage
