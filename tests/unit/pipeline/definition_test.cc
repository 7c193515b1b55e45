#include "pipeline/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/pipeline/support.h"

namespace oresmith::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

tl::expected<Definition, std::vector<Error>> Load(const TestFolder& folder) {
  auto config = LoadConfig({.directory = folder.path(), .set = {}, .env = {}});
  if (!config) return tl::unexpected(std::vector<Error>{config.error()});
  return LoadDefinition(std::move(*config));
}

TEST(LoadDefinition, OrdersDatasetsByWhatTheyReadWhateverTheOrderOfTheText) {
  const TestFolder folder;
  folder.Write("1.sql", "CREATE MATERIALIZED VIEW gold AS SELECT * FROM silver;");
  folder.Write("2.sql",
               "CREATE STREAMING TABLE silver AS SELECT * FROM STREAM(LIVE.bronze);"
               "CREATE STREAMING TABLE bronze AS SELECT * FROM STREAM read_files('in/');");
  const auto definition = Load(folder);
  ASSERT_TRUE(definition) << definition.error()[0].message;
  EXPECT_THAT(definition->order,
              ElementsAre("main.default.bronze", "main.default.silver", "main.default.gold"));
  EXPECT_EQ(definition->datasets.at("main.default.gold").display, "gold");
}

TEST(LoadDefinition, ACycleIsRefusedWithItsMembersAndAPlace) {
  const TestFolder folder;
  folder.Write("a.sql",
               "CREATE MATERIALIZED VIEW a AS SELECT * FROM b;\n"
               "CREATE MATERIALIZED VIEW b AS SELECT * FROM a;");
  const auto definition = Load(folder);
  ASSERT_FALSE(definition);
  EXPECT_THAT(definition.error()[0].message, HasSubstr("a reads b reads a"));
  EXPECT_EQ(definition.error()[0].place->file, "a.sql");
  EXPECT_EQ(definition.error()[0].place->line, 1);
}

TEST(LoadDefinition, TwoDatasetsOfOneNameAreRefusedAtTheSecond) {
  const TestFolder folder;
  folder.Write("a.sql", "CREATE MATERIALIZED VIEW t AS SELECT 1 AS x;");
  folder.Write("b.sql", "\nCREATE MATERIALIZED VIEW T AS SELECT 2 AS x;");
  const auto definition = Load(folder);
  ASSERT_FALSE(definition);
  EXPECT_EQ(definition.error()[0].place->file, "b.sql");
  EXPECT_EQ(definition.error()[0].place->line, 2);
  EXPECT_THAT(definition.error()[0].note, HasSubstr("a.sql:1:"));
}

TEST(LoadDefinition, ErrorsOfAllFilesComeAtOnce) {
  const TestFolder folder;
  folder.Write("a.sql", "CREATE MATERIALIZED VIEW a AS SELEC 1;");
  folder.Write("b.sql", "CREATE MATERIALIZED VIEW b AS SELECT ${nothing} AS x;");
  const auto definition = Load(folder);
  ASSERT_FALSE(definition);
  ASSERT_EQ(definition.error().size(), 2u);
  EXPECT_EQ(definition.error()[0].place->file, "a.sql");
  EXPECT_EQ(definition.error()[1].place->file, "b.sql");
  EXPECT_THAT(definition.error()[1].message, HasSubstr("nothing"));
}

TEST(ResolveName, FillsInTheDefaultsAndRefusesWhatCannotBeAFolder) {
  Config config;
  config.catalog = "c";
  config.schema = "s";
  EXPECT_EQ(ResolveName({"t"}, config)->Path(), "c/s/t");
  EXPECT_EQ(ResolveName({"LIVE", "t"}, config)->Path(), "c/s/t");
  EXPECT_EQ(ResolveName({"x", "t"}, config)->Display(config), "x.t");
  EXPECT_FALSE(ResolveName({"a", "b", "c", "d"}, config));
  EXPECT_FALSE(ResolveName({"../t"}, config));
  EXPECT_FALSE(ResolveName({"_checkpoints"}, config));
}

}  // namespace
}  // namespace oresmith::pipeline
