#include "connector/kafka/client_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/kafka/jaas_internal.h"
#include "support/matchers.h"

namespace oresmith::connector {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing_support::FailsWith;
using testing_support::IsOk;

std::map<std::string, std::string> Properties(std::map<std::string, std::string> options) {
  options["bootstrap.servers"] = "broker:9092";
  auto parsed = ParseKafkaClientOptions(options);
  EXPECT_THAT(parsed, IsOk());
  return parsed ? parsed->properties : std::map<std::string, std::string>{};
}

Error Refused(std::map<std::string, std::string> options) {
  options["bootstrap.servers"] = "broker:9092";
  auto parsed = ParseKafkaClientOptions(options);
  EXPECT_FALSE(parsed);
  return parsed ? Error{} : parsed.error();
}

// The string of Event Hubs' and Databricks' recipes; the class stands in Databricks' package there.
TEST(KafkaClientOptions, AJaasStringGivesUserAndPasswordWithAndWithoutKafkashaded) {
  for (const std::string package : {"", "kafkashaded."}) {
    EXPECT_THAT(
        Properties({{"sasl.mechanism", "PLAIN"},
                    {"sasl.jaas.config",
                     package + "org.apache.kafka.common.security.plain.PlainLoginModule required "
                               "username=\"$ConnectionString\" "
                               "password=\"Endpoint=sb://n.net/;SharedAccessKey=ab\\\"c=\";"}}),
        AllOf(Contains(Pair("sasl.username", "$ConnectionString")),
              Contains(Pair("sasl.password", "Endpoint=sb://n.net/;SharedAccessKey=ab\"c=")),
              Contains(Pair("sasl.mechanisms", "PLAIN")), Not(Contains(Key("sasl.jaas.config")))));
  }
}

TEST(KafkaClientOptions, ScramTakesItsMechanismFromTheOption) {
  EXPECT_THAT(
      Properties({{"SASL.mechanism", "SCRAM-SHA-512"},
                  {"sasl.jaas.config",
                   "org.apache.kafka.common.security.scram.ScramLoginModule required "
                   "username='ada' password=secret;"}}),
      AllOf(Contains(Pair("sasl.username", "ada")), Contains(Pair("sasl.password", "secret")),
            Contains(Pair("sasl.mechanisms", "SCRAM-SHA-512"))));
}

// What is wrong with a login string may be told, what is in it may not.
TEST(KafkaClientOptions, ABrokenJaasStringIsRefusedWithoutShowingIt) {
  for (const char* text :
       {"org.x.PlainLoginModule username=\"u\" password=\"hunter2\";",
        "org.x.PlainLoginModule required username=\"u\" password=\"hunter2",
        "org.x.PlainLoginModule required user \"hunter2\";", "org.x.PlainLoginModule required;"}) {
    const Error error = Refused({{"sasl.jaas.config", text}});
    EXPECT_EQ(error.kind, ErrorKind::kInvalidInput);
    EXPECT_THAT(error.message, AllOf(HasSubstr("sasl.jaas.config"), Not(HasSubstr("hunter2"))));
  }
  EXPECT_THAT(Refused({{"sasl.jaas.config", "com.sun.Krb5LoginModule required x=y;"}}).message,
              HasSubstr("Krb5LoginModule"));
}

// A secret manager gives PEM text back with its line ends as \n or as blanks.
TEST(KafkaClientOptions, PemTextInOneLineGetsItsLineEndsBack) {
  const std::string pem = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
  for (const char* text : {"-----BEGIN CERTIFICATE-----\\nQUJD\\n-----END CERTIFICATE-----",
                           "-----BEGIN CERTIFICATE----- QUJD -----END CERTIFICATE-----",
                           "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"}) {
    EXPECT_THAT(Properties({{"ssl.truststore.type", "PEM"}, {"ssl.truststore.certificates", text}}),
                Contains(Pair("ssl.ca.pem", pem)));
  }
}

TEST(KafkaClientOptions, PemFilesAreTakenByPath) {
  EXPECT_THAT(Properties({{"ssl.truststore.type", "PEM"},
                          {"ssl.truststore.location", "ca.pem"},
                          {"ssl.keystore.type", "PEM"},
                          {"ssl.keystore.location", "client.pem"}}),
              AllOf(Contains(Pair("ssl.ca.location", "ca.pem")),
                    Contains(Pair("ssl.certificate.location", "client.pem")),
                    Contains(Pair("ssl.key.location", "client.pem"))));
  EXPECT_THAT(Properties({{"ssl.ca.location", "ca.pem"}}),
              Contains(Pair("ssl.ca.location", "ca.pem")));
}

TEST(KafkaClientOptions, AJavaKeystoreIsRefusedWithTheCommandThatConvertsIt) {
  const Error trust = Refused({{"ssl.truststore.location", "/etc/kafka/trust.jks"}});
  EXPECT_EQ(trust.kind, ErrorKind::kUnsupported);
  EXPECT_THAT(trust.fix, AllOf(HasSubstr("keytool -importkeystore -srckeystore "
                                         "/etc/kafka/trust.jks"),
                               HasSubstr("openssl pkcs12"), HasSubstr("-nokeys -out ca.pem")));
  const Error key = Refused({{"ssl.keystore.type", "JKS"}, {"ssl.keystore.location", "k"}});
  EXPECT_THAT(key.fix, HasSubstr("-nodes -out client.pem"));
}

TEST(KafkaClientOptions, HostNamesAreCheckedUnlessSwitchedOff) {
  constexpr const char* kName = "ssl.endpoint.identification.algorithm";
  EXPECT_THAT(Properties({{kName, ""}}), Contains(Pair(kName, "none")));
  EXPECT_THAT(Properties({{kName, "none"}}), Contains(Pair(kName, "none")));
  EXPECT_THAT(Properties({{kName, "HTTPS"}}), Contains(Pair(kName, "https")));
}

TEST(KafkaClientOptions, WhatSparkRefusesIsRefusedWithWhatToDo) {
  EXPECT_THAT(Refused({{"auto.offset.reset", "earliest"}}).fix, HasSubstr("startingOffsets"));
  EXPECT_THAT(Refused({{"debug", "all"}}).message, HasSubstr("kafka.debug"));
}

TEST(KafkaClientOptions, ServersAreDemanded) {
  EXPECT_THAT(ParseKafkaClientOptions({}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("brokers are missing")));
}

TEST(EventHubs, TheConnectionStringStandsForServerAndLogin) {
  const std::string text =
      "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=k=";
  const auto options = EventHubsOptions(text);
  ASSERT_THAT(options, IsOk());
  EXPECT_THAT(*options,
              AllOf(Contains(Pair("bootstrap.servers", "shop.servicebus.windows.net:9093")),
                    Contains(Pair("sasl.username", "$ConnectionString")),
                    Contains(Pair("sasl.password", text)),
                    Contains(Pair("security.protocol", "SASL_SSL"))));
  EXPECT_THAT(EventHubsOptions("Endpoint=hunter2"),
              FailsWith(ErrorKind::kInvalidInput, Not(HasSubstr("hunter2"))));
}

TEST(Secrets, AreReplacedWhereverTheyStand) {
  EXPECT_EQ(WithoutSecrets("user:pw, again pw", {"pw", ""}), "user:***, again ***");
}

}  // namespace
}  // namespace oresmith::connector
