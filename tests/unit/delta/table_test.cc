#include <gmock/gmock.h>
#include <gtest/gtest.h>

TEST(Nothing, Yet) {}
