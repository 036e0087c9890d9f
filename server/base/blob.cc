// Allocation of large values.
// Threading: see blob.h.
// See: blob.h.
#include "server/base/blob.h"

#include <cstring>
#include <new>

#include "server/base/memory.h"

namespace corral::base {

Blob* Blob::make(size_t size, size_t capacity) {
  if (capacity < size) capacity = size;
  return new (allocate(sizeof(Blob) + capacity)) Blob(size, capacity);
}

Blob* Blob::copy_of(std::string_view bytes) {
  Blob* blob = make(bytes.size());
  std::memcpy(blob->data(), bytes.data(), bytes.size());
  return blob;
}

size_t Blob::memory_bytes() const { return allocated_size(sizeof(Blob) + capacity_); }

void Blob::destroy() noexcept {
  const size_t bytes = sizeof(Blob) + capacity_;
  this->~Blob();
  base::release(this, bytes);
}

}  // namespace corral::base
