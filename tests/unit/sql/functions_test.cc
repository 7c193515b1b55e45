#include "sql/functions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

TEST(Registry, IsSortedAndNamesEachEntryOnce) {
  const auto all = AllFunctions();
  for (size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].name, all[i].name);
}

TEST(Registry, EveryAliasLeadsToAnEntry) {
  for (const auto& [alias, name] : FunctionAliases()) {
    EXPECT_NE(FindFunction(alias), nullptr) << alias << " is another name of " << name;
  }
}

TEST(Registry, NamesAreFoundInAnyCase) {
  ASSERT_NE(FindFunction("UPPER"), nullptr);
  EXPECT_EQ(FindFunction("Mean"), FindFunction("avg"));
  EXPECT_EQ(FindFunction("no_such_function"), nullptr);
}

TEST(Registry, KnowsWhatSparkHasBeyondIt) {
  EXPECT_TRUE(IsKnownToSpark("Soundex"));
  EXPECT_FALSE(IsKnownToSpark("soundecks"));
  EXPECT_EQ(NearestFunction("to_timestmp"), "to_timestamp");
  EXPECT_EQ(NearestFunction("xyzxyzxyz"), "");
}

// A placeholder beyond the arguments would be left in the SQL.
TEST(Registry, TemplatesUseOnlyArgumentsThatCanBeThere) {
  for (const FunctionEntry& entry : AllFunctions()) {
    for (size_t i = 0; i + 2 < entry.duckdb.size(); ++i) {
      if (entry.duckdb[i] != '{' || entry.duckdb[i + 2] != '}') continue;
      const char c = entry.duckdb[i + 1];
      if (c < '0' || c > '9' || entry.args_max < 0) continue;
      EXPECT_LT(c - '0', entry.args_max) << entry.name;
    }
    const auto opened = std::count(entry.duckdb.begin(), entry.duckdb.end(), '{');
    EXPECT_EQ(opened, std::count(entry.duckdb.begin(), entry.duckdb.end(), '}')) << entry.name;
  }
}

// The binder casts argument by argument: a rule that answers for more or fewer is a bug of ours.
TEST(Registry, RulesAnswerForEachArgumentWhateverItsType) {
  const std::vector<Type> samples{
      Type(TypeId::kInt),    Type(TypeId::kString),
      Type(TypeId::kDouble), Type::Decimal(10, 2),
      Type(TypeId::kDate),   Type(TypeId::kTimestamp),
      Type(TypeId::kVoid),   Type::Array(Type(TypeId::kInt)),
      Type(TypeId::kBinary), Type::Map(Type(TypeId::kString), Type(TypeId::kInt))};
  for (const FunctionEntry& entry : AllFunctions()) {
    if (entry.name.find(':') != std::string_view::npos && entry.name.size() > 1) continue;
    const int most = entry.args_max < 0 ? std::max(entry.args_min, 3) : entry.args_max;
    for (int count = entry.args_min; count <= most; ++count) {
      for (const Type& first : samples) {
        for (const Type& rest : samples) {
          std::vector<ArgumentInfo> args(static_cast<size_t>(count), ArgumentInfo{.type = rest});
          if (!args.empty()) args[0].type = first;
          const auto signature = entry.resolve(entry, args);
          if (!signature) continue;
          EXPECT_EQ(signature->arguments.size(), args.size()) << entry.name;
          if (signature->overload.empty()) continue;
          EXPECT_NE(FindFunction(signature->overload), nullptr) << signature->overload;
        }
      }
    }
  }
}

}  // namespace
}  // namespace oresmith::sql
