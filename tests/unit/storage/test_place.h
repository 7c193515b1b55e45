#pragma once

// A place for a store of each kind: the object stores speak to servers in this process.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/store.h"

namespace oresmith::storage {

class TestPlace {
 public:
  virtual ~TestPlace() = default;
  /// A store that sees what the others of this place wrote.
  virtual std::unique_ptr<Store> Open() = 0;
};

std::vector<std::string> TestPlaceNames();
std::unique_ptr<TestPlace> MakeTestPlace(const std::string& name);

}  // namespace oresmith::storage
