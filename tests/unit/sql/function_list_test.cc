#include "sql/function_list.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace oresmith::sql {
namespace {

TEST(FunctionList, PatternFindsNamesAndOtherNames) {
  const auto found = ListFunctions("LEN%");
  ASSERT_EQ(found.size(), 1U);  // length and len are char_length
  EXPECT_EQ(found[0].name, "char_length");
  EXPECT_EQ(found[0].kind, "scalar");
}

TEST(FunctionList, WhatOnlySparkHasIsThereWithoutAKind) {
  const auto found = ListFunctions("theta_union");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, "");
}

TEST(FunctionList, AggregatesDoNotStandInAStream) {
  const auto found = ListFunctions("sum");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].in_stream);
}

// A page that says less or more than the program does.
TEST(FunctionList, ThePageOfTheDocumentationIsTheRegistrys) {
  std::ifstream file(ORESMITH_DOCS_FOLDER "/reference/functions.md");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), FunctionsPage())
      << "run: oresmith functions --markdown > docs/reference/functions.md";
}

}  // namespace
}  // namespace oresmith::sql
