#include "base/near.h"

#include <gtest/gtest.h>

namespace oresmith {
namespace {

TEST(EditDistance, CountsSlipsOfTheHand) {
  EXPECT_EQ(EditDistance("line_items", "line_items", 3), 0);
  EXPECT_EQ(EditDistance("line_iems", "line_items", 3), 1);
  EXPECT_EQ(EditDistance("lien_items", "line_items", 3), 1);
  EXPECT_EQ(EditDistance("ABC", "abc", 3), 0);
  EXPECT_EQ(EditDistance("abc", "xyzuvw", 2), 3);
}

TEST(Nearest, OffersASimilarNameAndNothingElse) {
  EXPECT_EQ(Nearest("ordres", {"customers", "orders"}), "orders");
  EXPECT_EQ(Nearest("payments", {"customers", "orders"}), "");
}

}  // namespace
}  // namespace oresmith
