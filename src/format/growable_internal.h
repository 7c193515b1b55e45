#pragma once

// An array that grows and becomes an Arrow buffer without a copy.

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace oresmith::format {

/// REQUIRES: T is trivially copyable. Ends the process when memory runs out, as `new` would.
template <class T>
class Growable {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  int64_t size() const { return size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](int64_t index) { return data_[index]; }
  const T& operator[](int64_t index) const { return data_[index]; }

  void Push(T value) {
    if (size_ == capacity_) Grow(size_ + 1);
    data_[size_++] = value;
  }
  void Append(const T* values, int64_t count) {
    if (count == 0) return;
    std::memcpy(Extend(count), values, static_cast<size_t>(count) * sizeof(T));
  }
  void AppendCopies(T value, int64_t count) {
    if (count <= 0) return;
    std::fill_n(Extend(count), count, value);
  }
  /// Room for `count` more at the end, not initialised.
  T* Extend(int64_t count) {
    if (size_ + count > capacity_) Grow(size_ + count);
    T* const place = data_ + size_;
    size_ += count;
    return place;
  }
  /// REQUIRES: size <= this->size().
  void Truncate(int64_t size) { size_ = size; }

  /// The content; this is empty afterwards.
  std::shared_ptr<arrow::Buffer> Finish() {
    if (buffer_ == nullptr) Grow(1);
    ORESMITH_ASSERT(buffer_->Resize(size_ * Width(), false).ok());
    data_ = nullptr;
    size_ = capacity_ = 0;
    return std::exchange(buffer_, nullptr);
  }

 private:
  static int64_t Width() { return static_cast<int64_t>(sizeof(T)); }

  void Grow(int64_t size_min) {
    const int64_t capacity = std::max({size_min, capacity_ * 2, int64_t{64}});
    if (buffer_ == nullptr) {
      auto made = arrow::AllocateResizableBuffer(capacity * Width());
      ORESMITH_ASSERT(made.ok());
      buffer_ = std::shared_ptr<arrow::ResizableBuffer>(std::move(*made));
    } else {
      ORESMITH_ASSERT(buffer_->Resize(capacity * Width(), false).ok());
    }
    data_ = reinterpret_cast<T*>(buffer_->mutable_data());
    capacity_ = capacity;
  }

  std::shared_ptr<arrow::ResizableBuffer> buffer_;
  T* data_ = nullptr;
  int64_t size_ = 0;
  int64_t capacity_ = 0;
};

}  // namespace oresmith::format
