#include "connector/kafka/kafka_producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/matchers.h"

namespace oresmith::connector {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing_support::FailsWith;
using testing_support::IsOk;

TEST(KafkaUrl, NamesServersAndTopic) {
  const auto target = ParseKafkaUrl("kafka://a:9092,b:9093/orders.v1");
  ASSERT_THAT(target, IsOk());
  EXPECT_EQ(target->topic, "orders.v1");
  EXPECT_EQ(target->client.at("bootstrap.servers"), "a:9092,b:9093");
  for (const char* url :
       {"kafka://a:9092", "kafka:///t", "kafka://a:9092/", "http://a/t", "kafka://a:9092/t/u"}) {
    EXPECT_THAT(ParseKafkaUrl(url),
                FailsWith(ErrorKind::kInvalidInput, HasSubstr("names no topic")));
  }
}

// A password on the command line must not come back in a message.
TEST(KafkaOption, IsANameAndAValue) {
  KafkaTarget target;
  ASSERT_THAT(AddKafkaOption("kafka.sasl.jaas.config = a b=c", target), IsOk());
  EXPECT_EQ(target.client.at("sasl.jaas.config"), "a b=c");
  EXPECT_THAT(AddKafkaOption("=hunter2", target),
              FailsWith(ErrorKind::kInvalidInput, Not(HasSubstr("hunter2"))));
}

// Over librdkafka's own imitation of a broker: for errors and counts, not for what Kafka does.
std::unique_ptr<KafkaProducer> OverAnImitation(const Clock& clock) {
  KafkaTarget target;
  target.topic = "orders";
  target.client = {{"bootstrap.servers", "replaced"},
                   {"test.mock.num.brokers", "1"},
                   {"message.max.bytes", "1000"}};
  auto producer = KafkaProducer::Open(target, clock);
  EXPECT_THAT(producer, IsOk());
  return producer ? std::move(*producer) : nullptr;
}

// A message that does not arrive must show in the count, or the exit code would be 0.
TEST(KafkaProducer, CountsWhatArrivedAndWhatDidNot) {
  const SystemClock clock;
  const auto producer = OverAnImitation(clock);
  ASSERT_NE(producer, nullptr);
  for (int i = 0; i < 100; ++i) ASSERT_THAT(producer->Send("key", "value"), IsOk());
  EXPECT_THAT(producer->Send(std::nullopt, std::string(2000, 'x')),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("size")));
  EXPECT_THAT(producer->Flush(), IsOk());
  EXPECT_EQ(producer->delivered(), 100);
  EXPECT_EQ(producer->failed(), 1);
  EXPECT_THAT(producer->first_failure(), HasSubstr("size"));
}

TEST(JsonFieldText, IsTheValueOfATopLevelField) {
  const std::string_view line =
      R"({"a":{"id":1,"x":"}"},"list":[{"id":2}], "id" : 42 ,"name":"O\"Neil","none":null,"f":1.50})";
  EXPECT_THAT(JsonFieldText(line, "id"), Optional(std::string("42")));
  EXPECT_THAT(JsonFieldText(line, "name"), Optional(std::string("O\"Neil")));
  EXPECT_THAT(JsonFieldText(line, "f"), Optional(std::string("1.50")));
  EXPECT_THAT(JsonFieldText(line, "a"), Optional(std::string(R"({"id":1,"x":"}"})")));
  EXPECT_EQ(JsonFieldText(line, "none"), std::nullopt);
  EXPECT_EQ(JsonFieldText(line, "x"), std::nullopt);
}

// One order in a thousand is no JSON: it has no key, and must not be read past its end.
TEST(JsonFieldText, IsNothingInWhatIsNoObject) {
  for (const char* line : {"", "plain", "{", "{\"id\"", "{\"id\":", "{\"id\":\"abc", "{\"id\" 1}",
                           "[1]", "{\"id\":{\"a\":1", "{\"a\":1 \"id\":2}"}) {
    EXPECT_EQ(JsonFieldText(line, "id"), std::nullopt) << line;
  }
}

}  // namespace
}  // namespace oresmith::connector
