#include "connector/kafka/kafka_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/kafka/offsets_internal.h"
#include "connector/kafka/settings_internal.h"
#include "support/matchers.h"

namespace oresmith::connector {
namespace {

using testing::HasSubstr;
using testing_support::FailsWith;
using testing_support::IsOk;
using testing_support::IsOkWith;

using Options = std::map<std::string, std::string>;

KafkaSourceOptions With(Options options) {
  options.insert({{"bootstrapServers", "broker:9092"}, {"subscribe", "orders"}});
  return {.options = std::move(options)};
}

Result<KafkaSettings> Stream(Options options) {
  return ParseKafkaOptions(With(std::move(options)), /*stream=*/true);
}

Result<KafkaSettings> Batch(Options options) {
  return ParseKafkaOptions(With(std::move(options)), /*stream=*/false);
}

TEST(KafkaOffsetsJson, IsSparksForm) {
  const KafkaOffsets offsets{{{"a", 0}, 23}, {{"a", 10}, -2}, {{"b\"", 2}, -1}};
  const std::string json = R"({"a":{"0":23,"10":-2},"b\"":{"2":-1}})";
  EXPECT_EQ(OffsetsToJson(offsets), json);
  EXPECT_THAT(OffsetsFromJson(json), IsOkWith(offsets));
  EXPECT_EQ(OffsetsToJson({}), "{}");
}

TEST(KafkaOffsetsJson, WhatIsNoneIsRefusedWithAnExample) {
  for (const char* text : {"", "23", "{\"a\":1}", "{\"a\":{\"x\":1}}", "{\"a\":{\"0\":1.5}}",
                           "{\"a\":{\"-1\":0}}", "{\"a\":{\"0\":1}"}) {
    const auto offsets = OffsetsFromJson(text);
    ASSERT_THAT(offsets, FailsWith(ErrorKind::kInvalidInput, HasSubstr("these are no offsets")));
    EXPECT_THAT(offsets.error().fix, HasSubstr("-2 is the earliest"));
  }
}

// Databricks: a stream begins at the end, a batch takes everything.
TEST(KafkaOptions, DefaultsAreDatabricks) {
  const auto stream = Stream({});
  ASSERT_THAT(stream, IsOk());
  EXPECT_EQ(stream->start.everywhere, kLatestOffset);
  EXPECT_TRUE(stream->fail_on_data_loss);
  EXPECT_FALSE(stream->headers);
  const auto batch = Batch({});
  ASSERT_THAT(batch, IsOk());
  EXPECT_EQ(batch->start.everywhere, kEarliestOffset);
  EXPECT_EQ(batch->end.everywhere, kLatestOffset);
}

TEST(KafkaOptions, SparksSpellingsAndAnyCaseAreTaken) {
  const auto settings = ParseKafkaOptions({.options = {{"kafka.bootstrap.servers", "b:9092"},
                                                       {"SUBSCRIBE", "a, b"},
                                                       {"startingoffsets", "EARLIEST"},
                                                       {"kafka.session.timeout.ms", "9000"}}},
                                          /*stream=*/true);
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->topics, testing::ElementsAre("a", "b"));
  EXPECT_EQ(settings->start.everywhere, kEarliestOffset);
  EXPECT_EQ(settings->client.properties.at("bootstrap.servers"), "b:9092");
  EXPECT_EQ(settings->client.properties.at("session.timeout.ms"), "9000");
}

TEST(KafkaOptions, WrongOnesAreRefusedByName) {
  EXPECT_THAT(Stream({{"subscribePattern", "o.*"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("named twice")));
  EXPECT_THAT(ParseKafkaOptions({.options = {{"bootstrapServers", "b"}}}, true),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("the topic is missing")));
  EXPECT_THAT(Stream({{"endingOffsets", "latest"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("a stream has no end")));
  EXPECT_THAT(Batch({{"startingOffsets", "latest"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("startingOffsets")));
  EXPECT_THAT(Stream({{"maxOffsetsPerTrigger", "0"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("maxOffsetsPerTrigger")));
  EXPECT_THAT(Stream({{"failOnDataLoss", "maybe"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("neither true nor false")));
  const auto slip = Stream({{"startingOffset", "earliest"}});
  ASSERT_THAT(slip, FailsWith(ErrorKind::kInvalidInput, HasSubstr("startingOffset")));
  EXPECT_THAT(slip.error().fix, HasSubstr("startingOffsets"));
}

TEST(KafkaOptions, ALimitOfTriggersIsLeftAsideInABatch) {
  EXPECT_THAT(Batch({{"maxOffsetsPerTrigger", "10"}}), IsOk());
}

TEST(KafkaOptions, PatternsAndAssignmentsAreChecked) {
  const auto parse = [](Options options) {
    options["bootstrapServers"] = "b:9092";
    return ParseKafkaOptions({.options = std::move(options)}, true);
  };
  EXPECT_THAT(parse({{"subscribePattern", "orders-.*"}}), IsOk());
  EXPECT_THAT(parse({{"subscribePattern", "orders-("}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("no regular expression")));
  const auto assigned = parse({{"assign", R"({"a":[0,2],"b":[1]})"}});
  ASSERT_THAT(assigned, IsOk());
  EXPECT_THAT(
      assigned->assigned,
      testing::ElementsAre(KafkaPartition{"a", 0}, KafkaPartition{"a", 2}, KafkaPartition{"b", 1}));
  EXPECT_THAT(parse({{"assign", R"({"a":0})"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("no partitions")));
}

TEST(KafkaSchema, HasHeadersOnlyWhenAsked) {
  const auto plain = KafkaSchema(With({}), true);
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(types::SchemaToDdl(*plain),
            "key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, timestamp "
            "TIMESTAMP, timestampType INT");
  const auto with_headers = KafkaSchema(With({{"includeHeaders", "true"}}), true);
  ASSERT_THAT(with_headers, IsOk());
  EXPECT_EQ(with_headers->back().type.ToSql(), "ARRAY<STRUCT<key: STRING, value: BINARY>>");
}

}  // namespace
}  // namespace oresmith::connector
