#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>

#include "storage/open_store.h"
#include "storage/remote/encoding_internal.h"
#include "storage/remote/s3_internal.h"
#include "support/fake_s3.h"
#include "support/manual_clock.h"
#include "support/matchers.h"
#include "support/temporary_folder.h"
#include "unit/storage/object_store_fixture.h"

namespace oresmith::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace testing_support;

constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

// The examples of "Authenticating Requests: Using the Authorization Header", Amazon S3 API
// Reference.
class SigV4Example : public ::testing::Test {
 protected:
  std::string Sign(HttpRequest request) const {
    const std::string hash = HexEncode(Sha256(request.body));
    request.host = "examplebucket.s3.amazonaws.com";
    request.SetHeader("x-amz-content-sha256", hash);
    request.SetHeader("x-amz-date", "20130524T000000Z");
    return SigV4Authorization(request, {"AKIAIOSFODNN7EXAMPLE", kSecret, ""},
                              {.region = "us-east-1", .service = "s3", .payload_hash = hash},
                              Instant{1'369'353'600'000'000});
  }
};

TEST_F(SigV4Example, GetObjectWithARange) {
  HttpRequest request;
  request.path = "/test.txt";
  request.SetHeader("Range", "bytes=0-9");
  EXPECT_EQ(Sign(request),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(SigV4Example, PutObjectWithAnOddName) {
  HttpRequest request;
  request.method = "PUT";
  request.path = "/" + PercentEncode("test$file.text", "/");
  request.body = "Welcome to Amazon S3.";
  request.SetHeader("Date", "Fri, 24 May 2013 00:00:00 GMT");
  request.SetHeader("x-amz-storage-class", "REDUCED_REDUNDANCY");
  EXPECT_THAT(Sign(request),
              HasSubstr("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST_F(SigV4Example, GetBucketLifecycle) {
  HttpRequest request;
  request.query = {{"lifecycle", ""}};
  EXPECT_THAT(Sign(request),
              HasSubstr("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST_F(SigV4Example, ListObjects) {
  HttpRequest request;
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_THAT(Sign(request),
              HasSubstr("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

// "get-vanilla" of AWS's Signature Version 4 test suite.
TEST(SigV4Suite, GetVanilla) {
  HttpRequest request;
  request.host = "example.amazonaws.com";
  request.SetHeader("X-Amz-Date", "20150830T123600Z");
  EXPECT_THAT(
      SigV4Authorization(
          request, {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""},
          {.region = "us-east-1", .service = "service", .payload_hash = HexEncode(Sha256(""))},
          Instant{1'440'938'160'000'000}),
      HasSubstr("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
}

class S3Store : public ObjectStoreTest {
 protected:
  Settings With(Settings more) const {
    Settings settings{{"fs.s3a.endpoint", s3_.server.url()},
                      {"fs.s3a.access.key", "AKIAEXAMPLE"},
                      {"fs.s3a.secret.key", kSecret},
                      {"fs.s3a.session.token", "a-session-token"},
                      {"oresmith.storage.requestTimeout", "5s"},
                      {"oresmith.storage.partBytes", "5242880"}};
    for (auto& [name, value] : more) settings[name] = value;
    return settings;
  }
  Result<std::unique_ptr<Store>> Try(Settings settings, Settings environment) {
    return ObjectStoreTest::Try(std::move(settings), std::move(environment), "s3://bucket/root");
  }
  using ObjectStoreTest::Try;
  std::unique_ptr<Store> Open(Settings more) { return Try(With(std::move(more)), {}).value(); }
  /// A store that has proved itself: the next request is the test's.
  std::unique_ptr<Store> OpenProved() {
    auto store = Open({});
    EXPECT_THAT(store->Put("first", "."), IsOk());
    return store;
  }
  std::vector<std::string> Calls(const std::string& target_part) const {
    std::vector<std::string> calls;
    for (const FakeRequest& request : s3_.server.requests()) {
      if (request.target.find(target_part) != std::string::npos) calls.push_back(request.method);
    }
    return calls;
  }

  FakeS3 s3_;
};

TEST_F(S3Store, ReusesItsConnection) {
  const auto store = OpenProved();
  for (int i = 0; i < 5; ++i) ASSERT_THAT(store->Get("first"), IsOk());
  EXPECT_EQ(s3_.server.connections(), 1);
}

// On the happy path a commit is one request.
TEST_F(S3Store, APutIfAbsentIsOneRequest) {
  const auto store = OpenProved();
  ASSERT_THAT(store->PutIfAbsent("log/1", "x"), IsOk());
  EXPECT_THAT(Calls("log/1"), ::testing::ElementsAre("PUT"));
  auto output = store->OpenOutput("data/1").value();
  ASSERT_THAT(output->Write("rows"), IsOk());
  ASSERT_THAT(output->Close(), IsOk());
  EXPECT_THAT(Calls("data/1"), ::testing::ElementsAre("PUT"));
}

TEST_F(S3Store, AStoreThatIgnoresTheConditionIsRefusedForWriting) {
  s3_.ignores_conditions = true;
  const auto store = Open({});
  const auto refusal = FailsWith(
      ErrorKind::kUnsupported, AllOf(HasSubstr("ignores If-None-Match"), HasSubstr("s3://bucket")));
  EXPECT_THAT(store->PutIfAbsent("a", "x"), refusal);
  EXPECT_THAT(store->Put("a", "x"), refusal);
  EXPECT_THAT(store->OpenOutput("a"), refusal);
  EXPECT_THAT(store->ListRecursive("").value(), IsEmpty());
  EXPECT_THAT(store->Get("a"), FailsWith(ErrorKind::kNotFound, HasSubstr("s3://bucket/root/a")));
}

// Faults after which the write was done all the same: the second attempt finds our own object.
TEST_F(S3Store, ALostAnswerToOurOwnWriteIsASuccess) {
  // kNoAnswer takes the time-out of a request, which a slow machine must not reach by itself.
  for (const Fault fault : {Fault::kLostAnswer, Fault::kNoAnswer, Fault::kTruncatedHeader}) {
    const std::string key = "log/" + std::to_string(static_cast<int>(fault));
    const auto store = OpenProved();
    s3_.server.Inject({.method = "PUT", .target_part = key, .fault = fault});
    EXPECT_THAT(store->PutIfAbsent(key, "ours"), IsOk()) << key;
    EXPECT_EQ(store->Get(key).value(), "ours");
    EXPECT_THAT(store->PutIfAbsent(key, "theirs"),
                FailsWith(ErrorKind::kAlreadyExists, HasSubstr(key)));
  }
}

// libcurl repeats by itself what went out on a kept-alive connection that was just closed.
TEST_F(S3Store, ALostAnswerOnAKeptConnectionIsNotTakenForAForeignWrite) {
  const auto store = OpenProved();
  ASSERT_THAT(store->Get("first"), IsOk());
  s3_.server.Inject({.method = "PUT", .target_part = "log/9", .fault = Fault::kLostAnswer});
  EXPECT_THAT(store->PutIfAbsent("log/9", "ours"), IsOk());
}

TEST_F(S3Store, AForeignWriteThatCameFirstWinsEvenAfterAFault) {
  const auto store = OpenProved();
  ASSERT_THAT(store->PutIfAbsent("log/1", "theirs"), IsOk());
  s3_.server.Inject(
      {.method = "PUT", .target_part = "log/1", .fault = Fault::kReply, .reply = {503, {}, ""}});
  EXPECT_THAT(store->PutIfAbsent("log/1", "ours"),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("log/1")));
}

TEST_F(S3Store, AskedForAnotherAttemptItMakesOne) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    const std::string key = "log/" + std::to_string(status);
    const auto store = OpenProved();
    s3_.server.Inject(
        {.target_part = key, .fault = Fault::kReply, .reply = {status, {}, "oops"}, .times = 3});
    EXPECT_THAT(store->PutIfAbsent(key, "x"), IsOk()) << status;
    EXPECT_THAT(Calls(key), ::testing::SizeIs(4)) << status;
  }
}

TEST_F(S3Store, AConflictOfRequestsUnderWayIsTriedAgain) {
  const auto store = OpenProved();
  s3_.server.Inject({.target_part = "log/1",
                     .fault = Fault::kReply,
                     .reply = {409, {}, "<Error><Code>ConditionalRequestConflict</Code></Error>"}});
  EXPECT_THAT(store->PutIfAbsent("log/1", "x"), IsOk());
}

TEST_F(S3Store, RetryAfterIsHonoured) {
  const auto store = OpenProved();
  s3_.server.Inject({.target_part = "first",
                     .fault = Fault::kReply,
                     .reply = {429, {{"Retry-After", "17"}}, ""}});
  const auto before = clock_.Steady();
  ASSERT_THAT(store->Get("first"), IsOk());
  EXPECT_GE(clock_.Steady() - before, std::chrono::seconds(17));
}

TEST_F(S3Store, TheDeadlineEndsTheAttemptsAndTheOutcomeIsSaidToBeUnknown) {
  const auto store = OpenProved();
  s3_.server.Inject({.target_part = "log/1",
                     .fault = Fault::kReply,
                     .reply = {503, {}, "<Error><Code>SlowDown</Code></Error>"},
                     .times = 1000});
  const auto before = clock_.Steady();
  EXPECT_THAT(store->PutIfAbsent("log/1", "x"),
              FailsWith(ErrorKind::kUnavailable,
                        AllOf(HasSubstr("given up after"), HasSubstr("503 SlowDown"))));
  EXPECT_LE(clock_.Steady() - before, std::chrono::seconds(121));
  EXPECT_GT(clock_.Steady() - before, std::chrono::seconds(60));
}

// A slip in the server's address: nobody should wait minutes to hear of it.
TEST_F(S3Store, AServerThatNeverAnsweredIsGivenUpSoon) {
  const auto store = Open({{"fs.s3a.endpoint", "http://127.0.0.1:1"}});
  const auto before = clock_.Steady();
  EXPECT_THAT(store->Get("k"), FailsWith(ErrorKind::kUnavailable, HasSubstr("127.0.0.1:1")));
  EXPECT_LE(clock_.Steady() - before, std::chrono::seconds(21));
}

TEST_F(S3Store, AShortAnswerIsReadAgain) {
  const auto store = OpenProved();
  ASSERT_THAT(store->Put("k", "0123456789"), IsOk());
  s3_.server.Inject({.method = "GET", .target_part = "/k", .fault = Fault::kShortBody});
  EXPECT_EQ(store->Get("k").value(), "0123456789");
  const auto input = store->OpenInput("k").value();
  s3_.server.Inject({.method = "GET", .target_part = "/k", .fault = Fault::kShortBody});
  std::string out(4, '.');
  EXPECT_EQ(input->ReadAt(2, 4, out.data()).value(), 4);
  EXPECT_EQ(out, "2345");
}

TEST_F(S3Store, AnObjectThatIsReplacedWhileItIsReadIsNotMixed) {
  const auto store = OpenProved();
  ASSERT_THAT(store->Put("k", "0123456789"), IsOk());
  const auto input = store->OpenInput("k").value();
  ASSERT_THAT(store->Put("k", "abcdefghij"), IsOk());
  std::string out(4, '.');
  EXPECT_THAT(input->ReadAt(0, 4, out.data()),
              FailsWith(ErrorKind::kConflict, HasSubstr("replaced while it was read")));
}

TEST_F(S3Store, ALargeOutputSurvivesFaultsInEachOfItsCalls) {
  const std::string bytes(11 << 20, 'x');
  int number = 0;
  for (const char* call : {"?uploads", "partNumber=1", "partNumber=3"}) {
    for (const Fault fault : {Fault::kLostAnswer, Fault::kReply}) {
      const std::string key = "large/" + std::to_string(number++);
      const auto store = OpenProved();
      s3_.server.Inject({.target_part = call, .fault = fault, .reply = {500, {}, ""}});
      auto output = store->OpenOutput(key).value();
      ASSERT_THAT(output->Write(bytes), IsOk());
      ASSERT_THAT(output->Close(), IsOk()) << call;
      EXPECT_EQ(store->Head(key).value().size_bytes, std::ssize(bytes));
    }
  }
}

// The upload is gone and the object is there: only its mark says that it is ours.
TEST_F(S3Store, ALostAnswerToTheEndOfALargeOutputIsASuccess) {
  const auto store = OpenProved();
  auto output = store->OpenOutput("large").value();
  ASSERT_THAT(output->Write(std::string(6 << 20, 'x')), IsOk());
  s3_.server.Inject({.method = "POST", .target_part = "uploadId", .fault = Fault::kLostAnswer});
  EXPECT_THAT(output->Close(), IsOk());
  EXPECT_EQ(store->Head("large").value().size_bytes, 6 << 20);
}

TEST_F(S3Store, AnErrorBehindA200EndsNoLargeOutput) {
  const auto store = OpenProved();
  auto output = store->OpenOutput("large").value();
  ASSERT_THAT(output->Write(std::string(6 << 20, 'x')), IsOk());
  s3_.server.Inject({.method = "POST",
                     .target_part = "uploadId",
                     .fault = Fault::kReply,
                     .reply = {200,
                               {},
                               "<?xml version=\"1.0\"?>\n<Error><Code>InternalError"
                               "</Code></Error>"}});
  EXPECT_THAT(output->Close(), IsOk());
  EXPECT_EQ(store->Head("large").value().size_bytes, 6 << 20);
}

TEST_F(S3Store, AMissingBucketIsTheUsersToMend) {
  const auto store = Try(With({}), {}, "s3://elsewhere/x").value();
  const Status status = store->PutIfAbsent("k", "v");
  EXPECT_THAT(status, FailsWith(ErrorKind::kInvalidInput, HasSubstr("NoSuchBucket")));
  EXPECT_THAT(status.error().fix, HasSubstr("correct the storage's URL"));
}

// A proxy or a hostile server may send back all it was told.
TEST_F(S3Store, NoErrorShowsASecret) {
  const std::string echo = fmt::format(
      "<Error><Code>AccessDenied</Code><Message>{} a-session-token "
      "Signature=0123456789abcdef {}</Message></Error>",
      kSecret, PercentEncode(kSecret, ""));
  const auto store = OpenProved();
  ExpectNoSecretShown(*store, s3_.server, echo,
                      {kSecret, PercentEncode(kSecret, ""), "a-session-token", "0123456789abcdef"});
  EXPECT_THAT(store->Describe("k"), Not(HasSubstr(kSecret)));
  for (const std::string bad : {"s3://AKIA:secret-in-url@bucket/x", "s3://b/x?sig=secret-in-url"}) {
    const auto opened = Try(With({}), {}, bad);
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(opened.error().message, Not(HasSubstr("secret-in-url")));
  }
}

TEST_F(S3Store, MissingCredentialsNameEachPlaceThatWasLookedAt) {
  const TemporaryFolder folder;
  const auto store =
      Try({{"fs.s3a.endpoint", s3_.server.url()}},
          {{"HOME", folder.path()}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1"}})
          .value();
  EXPECT_THAT(store->Get("k"),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("fs.s3a.access.key"), HasSubstr("AWS_ACCESS_KEY_ID"),
                              HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"),
                              HasSubstr(folder.path() + "/.aws/credentials"),
                              HasSubstr("AWS_CONTAINER_CREDENTIALS"), HasSubstr("127.0.0.1:1"))));
}

TEST_F(S3Store, HalfACredentialIsAMistake) {
  const auto store =
      Try({{"fs.s3a.endpoint", s3_.server.url()}, {"fs.s3a.access.key", "AKIA"}}, {}).value();
  EXPECT_THAT(store->Get("k"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("fs.s3a.secret.key is not")));
}

TEST_F(S3Store, ACredentialIsFoundInTheEnvironmentAndInAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/keys") << "[default]\naws_access_key_id = no\n\n[work]\n"
                                            "aws_access_key_id = AKIAFILE\n"
                                            "aws_secret_access_key=file-secret\n";
  const auto key_of = [&](const Settings& environment) {
    const auto store = Try({{"fs.s3a.endpoint", s3_.server.url()}}, environment).value();
    EXPECT_THAT(store->List("", ""), IsOk());
    return s3_.server.requests().back().Header("authorization");
  };
  EXPECT_THAT(key_of({{"AWS_ACCESS_KEY_ID", "AKIAENV"}, {"AWS_SECRET_ACCESS_KEY", "env-secret"}}),
              HasSubstr("Credential=AKIAENV/20240101/us-east-1/s3"));
  EXPECT_THAT(key_of({{"AWS_SHARED_CREDENTIALS_FILE", folder.path() + "/keys"},
                      {"AWS_PROFILE", "work"},
                      {"AWS_REGION", "eu-west-1"}}),
              HasSubstr("Credential=AKIAFILE/20240101/eu-west-1/s3"));
}

/// An instance with a role whose keys end at a time.
class InstanceMetadata {
 public:
  std::atomic<int> given = 0;
  FakeHttpServer server{[this](const FakeRequest& request) -> FakeReply {
    if (request.method == "PUT") return {200, {}, "metadata-token"};
    if (request.Header("x-aws-ec2-metadata-token") != "metadata-token") return {401, {}, ""};
    if (request.path.ends_with("/")) return {200, {}, "the-role"};
    const int number = ++given;
    return {200,
            {},
            fmt::format(R"({{"AccessKeyId":"AKIA{}","SecretAccessKey":"instance-secret",)"
                        R"("Token":"instance-token-{}",)"
                        R"("Expiration":"2024-01-01T{:02}:00:00Z"}})",
                        number, number, number)};
  }};
};

TEST_F(S3Store, AnInstancesRoleIsUsedAndRenewedBeforeItEnds) {
  InstanceMetadata metadata;
  const auto store = Try({{"fs.s3a.endpoint", s3_.server.url()}},
                         {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.server.url()}})
                         .value();
  ASSERT_THAT(store->List("", ""), IsOk());
  ASSERT_THAT(store->List("", ""), IsOk());
  EXPECT_EQ(metadata.given, 1);
  EXPECT_EQ(s3_.server.requests().back().Header("x-amz-security-token"), "instance-token-1");
  clock_.Advance(std::chrono::minutes(56));
  ASSERT_THAT(store->List("", ""), IsOk());
  EXPECT_EQ(s3_.server.requests().back().Header("x-amz-security-token"), "instance-token-2");
}

TEST_F(S3Store, AnEndedTokenIsRenewedAtOnce) {
  InstanceMetadata metadata;
  const auto store = Try({{"fs.s3a.endpoint", s3_.server.url()}},
                         {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.server.url()}})
                         .value();
  ASSERT_THAT(store->List("", ""), IsOk());
  s3_.server.Inject(
      {.fault = Fault::kReply, .reply = {400, {}, "<Error><Code>ExpiredToken</Code></Error>"}});
  ASSERT_THAT(store->List("", ""), IsOk());
  EXPECT_EQ(metadata.given, 2);
}

TEST_F(S3Store, AnonymousMeansUnsigned) {
  const auto store = Try({{"fs.s3a.endpoint", s3_.server.url()},
                          {"fs.s3a.aws.credentials.provider",
                           "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider"}},
                         {})
                         .value();
  ASSERT_THAT(store->List("", ""), IsOk());
  EXPECT_EQ(s3_.server.requests().back().Header("authorization"), "");
}

TEST_F(S3Store, SettingsOfOneBucketWinAndSparksPrefixIsKnown) {
  const auto store = Try({{"spark.hadoop.fs.s3a.endpoint", "http://127.0.0.1:1"},
                          {"fs.s3a.bucket.bucket.endpoint", s3_.server.url()},
                          {"fs.s3a.access.key", "a"},
                          {"fs.s3a.secret.key", "b"},
                          {"fs.s3a.connection.maximum", "100"}},
                         {})
                         .value();
  EXPECT_THAT(store->List("", ""), IsOk());
}

TEST_F(S3Store, AnUnknownSettingNamesTheNearest) {
  const auto opened = Try({{"fs.s3a.acces.key", "x"}}, {});
  EXPECT_THAT(opened, FailsWith(ErrorKind::kInvalidInput, HasSubstr("fs.s3a.acces.key")));
  EXPECT_THAT(opened.error().fix, HasSubstr("did you mean fs.s3a.access.key?"));
}

TEST_F(S3Store, BadUrlsAndValuesAreRefusedByName) {
  EXPECT_THAT(Try({}, {}, "s3:///x"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no bucket")));
  EXPECT_THAT(Try({}, {}, "s3://Bad_Bucket!/x"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("no name of a bucket")));
  EXPECT_THAT(Try({}, {}, "s3://bucket/a/../b"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("..")));
  EXPECT_THAT(Try({}, {}, "ftp://host/x"), FailsWith(ErrorKind::kUnsupported, HasSubstr("ftp://")));
  EXPECT_THAT(Try({{"fs.s3a.path.style.access", "yes"}}, {}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("fs.s3a.path.style.access")));
  EXPECT_THAT(Try({{"oresmith.storage.retryDeadline", "soon"}}, {}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("retryDeadline")));
  EXPECT_THAT(Try({{"fs.s3a.endpoint", "gopher://x"}}, {}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("fs.s3a.endpoint")));
}

TEST(OpenStore, APathAndAFileUrlAreLocal) {
  const TemporaryFolder folder;
  const ManualClock clock;
  Random random(1);
  const auto by_path = OpenStore(folder.path(), {}, clock, random).value();
  ASSERT_THAT(by_path->Put("k", "v"), IsOk());
  const auto by_url = OpenStore("file://" + folder.path(), {}, clock, random).value();
  EXPECT_EQ(by_url->Get("k").value(), "v");
}

}  // namespace
}  // namespace oresmith::storage
