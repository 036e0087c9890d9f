// A large value: reference counted bytes that an entry, replies and waiting readers can hold together.
// Threading: the count is atomic; the bytes are immutable while anyone else holds a reference.
// See: README.md of this folder, "Blob".
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace corral::base {

/// One allocation: header and bytes. Values above kInlineLimit live in a blob, so that a reply can reference them and
/// copy them to the socket after the stripe lock is gone. Also carries the value of a fill to all of its waiters.
class Blob {
 public:
  /// Values up to this many bytes stay inside their entry.
  static constexpr size_t kInlineLimit = 4096;

  /// A blob of `size` uninitialised bytes with room for `capacity`, one reference.
  static Blob* make(size_t size, size_t capacity = 0);
  static Blob* copy_of(std::string_view bytes);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  std::string_view view() const { return {data(), size_}; }
  /// Only while unshared(); size <= capacity().
  void set_size(size_t size) { size_ = size; }
  bool unshared() const { return references_.load(std::memory_order_acquire) == 1; }
  size_t memory_bytes() const;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 private:
  Blob(size_t size, size_t capacity) : size_(size), capacity_(capacity) {}
  void destroy() noexcept;

  std::atomic<uint32_t> references_{1};
  size_t size_;
  size_t capacity_;
};

/// Owns one reference.
class BlobRef {
 public:
  BlobRef() = default;
  explicit BlobRef(Blob* adopted) : blob_(adopted) {}
  static BlobRef share(Blob* blob) {
    if (blob != nullptr) blob->retain();
    return BlobRef(blob);
  }
  BlobRef(const BlobRef& other) : blob_(other.blob_) {
    if (blob_ != nullptr) blob_->retain();
  }
  BlobRef(BlobRef&& other) noexcept : blob_(other.blob_) { other.blob_ = nullptr; }
  BlobRef& operator=(BlobRef other) noexcept {
    Blob* mine = blob_;
    blob_ = other.blob_;
    other.blob_ = mine;
    return *this;
  }
  ~BlobRef() {
    if (blob_ != nullptr) blob_->release();
  }
  Blob* get() const { return blob_; }
  Blob* operator->() const { return blob_; }
  explicit operator bool() const { return blob_ != nullptr; }
  /// Gives the reference away.
  Blob* detach() {
    Blob* blob = blob_;
    blob_ = nullptr;
    return blob;
  }

 private:
  Blob* blob_ = nullptr;
};

}  // namespace corral::base
