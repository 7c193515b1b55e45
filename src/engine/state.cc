#include <utility>

#include "engine/state_internal.h"

namespace oresmith::engine {

void FirstError::Set(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
}

std::optional<Error> FirstError::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(error_, std::nullopt);
}

void QueryRegistry::Add(QueryState* state) {
  const std::lock_guard lock(mutex_);
  state->id = next_id_++;
  states_[state->id] = state;
}

void QueryRegistry::Remove(int64_t id) {
  const std::lock_guard lock(mutex_);
  states_.erase(id);
}

QueryState* QueryRegistry::Find(int64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(id);
  return found == states_.end() ? nullptr : found->second;
}

}  // namespace oresmith::engine
