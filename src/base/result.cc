#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace oresmith {

void AssertionFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "oresmith: bug: %s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace oresmith
