#pragma once

// Matchers for Result<T> and Status.

#include <gmock/gmock.h>

#include <ostream>
#include <string>

#include "base/result.h"

namespace oresmith {

// Shown by failed expectations.
inline void PrintTo(const Error& error, std::ostream* out) { *out << "error: " << error.message; }

namespace testing_support {

MATCHER(IsOk, "is without error") {
  if (arg.has_value()) return true;
  *result_listener << "error: " << arg.error().message;
  return false;
}

template <class Inner>
class IsOkWithMatcher {
 public:
  explicit IsOkWithMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <class Value>
  operator ::testing::Matcher<const Result<Value>&>() const {
    return ::testing::Truly(
        [inner = ::testing::SafeMatcherCast<const Value&>(inner_)](const Result<Value>& result) {
          return result.has_value() && inner.Matches(*result);
        });
  }

 private:
  Inner inner_;
};

/// Matches a Result that has a value which `inner` (a value or a matcher) matches.
template <class Inner>
IsOkWithMatcher<Inner> IsOkWith(Inner inner) {
  return IsOkWithMatcher<Inner>(std::move(inner));
}

/// Matches an error of this kind whose message `message` (a matcher) matches.
MATCHER_P2(FailsWith, kind, message, "fails with a certain kind and message") {
  if (arg.has_value()) {
    *result_listener << "there is no error";
    return false;
  }
  *result_listener << "kind " << static_cast<int>(arg.error().kind)
                   << ", message: " << arg.error().message;
  return arg.error().kind == kind &&
         ::testing::ExplainMatchResult(message, arg.error().message, result_listener);
}

}  // namespace testing_support
}  // namespace oresmith
