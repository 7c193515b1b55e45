#pragma once

// One process at a time runs a pipeline: a locked file in its storage.

#include <memory>
#include <string>

#include "base/result.h"

namespace oresmith::pipeline {

/// Held until it is destroyed, or the process ends however it ends.
class ProcessLock {
 public:
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;
  ~ProcessLock();

  /// Creates the file and its folder where missing.
  /// Errors: kConflict when another process holds it (with its number); kInvalidInput when the file
  /// cannot be made, with the path and the system's reason.
  static Result<std::unique_ptr<ProcessLock>> Acquire(const std::string& path);

 private:
  explicit ProcessLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace oresmith::pipeline
