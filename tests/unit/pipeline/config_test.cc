#include "pipeline/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/pipeline/support.h"

namespace oresmith::pipeline {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

LoadOptions In(const TestFolder& folder) {
  return {.directory = folder.path(), .set = {}, .env = {}};
}

TEST(LoadConfig, AFolderOfSqlFilesIsAPipeline) {
  const TestFolder folder;
  folder.Write("b.sql", "");
  folder.Write("sub/a.sql", "");
  folder.Write("lakehouse/x.sql", "");
  folder.Write(".hidden/y.sql", "");
  const auto config = LoadConfig(In(folder));
  ASSERT_TRUE(config);
  EXPECT_THAT(config->sql_files, ElementsAre(EndsWith("/b.sql"), EndsWith("/sub/a.sql")));
  EXPECT_EQ(config->storage, folder.path() + "/lakehouse");
  EXPECT_EQ(config->name, std::filesystem::path(folder.path()).filename());
}

TEST(LoadConfig, SparksFileSaysNameCatalogSchemaStorageAndLibraries) {
  const TestFolder folder;
  folder.Write("sql/one.sql", "");
  folder.Write("other.sql", "");
  folder.Write("spark-pipeline.yml",
               "name: shop\ncatalog: prod\ndatabase: sales\nstorage: file:///data/shop\n"
               "libraries:\n  - glob:\n      include: sql/**\nconfiguration:\n  in: /landing\n"
               "  oresmith.memory: 1g\n  spark.sql.session.timeZone: Europe/Berlin\n");
  const auto config = LoadConfig(In(folder));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "shop");
  EXPECT_EQ(config->catalog, "prod");
  EXPECT_EQ(config->schema, "sales");
  EXPECT_EQ(config->storage, "/data/shop");
  EXPECT_EQ(config->memory_bytes_max, 1 << 30);
  EXPECT_EQ(config->time_zone, "Europe/Berlin");
  EXPECT_THAT(config->sql_files, ElementsAre(EndsWith("/sql/one.sql")));
  EXPECT_EQ(config->parameters.at("in"), "/landing");
}

TEST(LoadConfig, AnObjectStoreIsAStorageAndItsSecretsComeFromTheEnvironment) {
  const TestFolder folder;
  folder.Write("a.sql", "");
  folder.Write("spark-pipeline.yml",
               "name: shop\nstorage: s3://bucket/shop\nconfiguration:\n"
               "  fs.s3a.access.key: ${env:KEY}\n  spark.hadoop.fs.s3a.secret.key: ${secret}x\n"
               "  secret: hush\n  oresmith.storage.retryDeadline: 30s\n  other: ${env:GONE}\n");
  LoadOptions options = In(folder);
  options.env = {{"KEY", "AKIA"}};
  const auto config = LoadConfig(options);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->storage, "s3://bucket/shop");
  EXPECT_THAT(config->storage_settings,
              ElementsAre(testing::Pair("fs.s3a.access.key", "AKIA"),
                          testing::Pair("oresmith.storage.retryDeadline", "30s"),
                          testing::Pair("spark.hadoop.fs.s3a.secret.key", "hushx")));
  EXPECT_EQ(config->environment.at("KEY"), "AKIA");
}

TEST(LoadConfig, ASecretThatIsNotThereIsNamed) {
  const TestFolder folder;
  folder.Write("a.sql", "");
  folder.Write("spark-pipeline.yml",
               "storage: s3://b/x\nconfiguration:\n  fs.s3a.secret.key: ${env:NOT_SET}\n");
  auto config = LoadConfig(In(folder));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("fs.s3a.secret.key: env:NOT_SET is not set"));
  EXPECT_THAT(config.error().fix, HasSubstr("export NOT_SET="));
  folder.Write("spark-pipeline.yml",
               "storage: s3://b/x\nconfiguration:\n  fs.s3a.secret.key: \"{{secrets/a/b}}\"\n");
  config = LoadConfig(In(folder));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("Databricks' secrets"));
}

TEST(LoadConfig, ADatabricksPipelineResourceIsRead) {
  const TestFolder folder;
  folder.Write("a.sql", "");
  folder.Write(
      "shop.pipeline.yml",
      "resources:\n  pipelines:\n    shop:\n      name: shop\n      schema: sales\n"
      "      serverless: true\n      libraries:\n        - file:\n            path: a.sql\n");
  const auto config = LoadConfig(In(folder));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->schema, "sales");
  EXPECT_EQ(config->sql_files.size(), 1u);
}

TEST(LoadConfig, SetWinsOverTheFile) {
  const TestFolder folder;
  folder.Write("a.sql", "");
  folder.Write("spark-pipeline.yml", "configuration: {in: one}\n");
  LoadOptions options = In(folder);
  options.set["in"] = "two";
  EXPECT_EQ(LoadConfig(options)->parameters.at("in"), "two");
}

TEST(LoadConfig, MistakesNameTheFileTheLineAndTheWayOut) {
  const TestFolder folder;
  folder.Write("a.sql", "");
  folder.Write("spark-pipeline.yml", "name: shop\nstorrage: x\n");
  const auto config = LoadConfig(In(folder));
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("unknown field `storrage`"));
  EXPECT_EQ(config.error().place->line, 2);
  EXPECT_THAT(config.error().fix, HasSubstr("storage"));

  const TestFolder empty;
  EXPECT_THAT(LoadConfig(In(empty)).error().message, HasSubstr("no .sql file"));
  EXPECT_EQ(LoadConfig({.directory = empty.path() + "/no", .set = {}, .env = {}}).error().kind,
            ErrorKind::kNotFound);
}

TEST(ParseBytes, TakesUnitsAndRefusesTheRest) {
  EXPECT_EQ(ParseBytes("384m").value(), 384 << 20);
  EXPECT_EQ(ParseBytes("65536").value(), 65536);
  EXPECT_FALSE(ParseBytes("12 apples"));
  EXPECT_FALSE(ParseBytes("-1"));
  EXPECT_FALSE(ParseBytes("99999999999g"));
}

}  // namespace
}  // namespace oresmith::pipeline
