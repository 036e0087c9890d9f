// Redis' HyperLogLog inside a string, byte for byte: header, sparse and dense registers, hash and estimate.
// Threading: pure functions.
// See: README.md of this folder, "HyperLogLog".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corral::types::hyperloglog {

inline constexpr size_t kRegisters = 16384;
inline constexpr uint8_t kLargestRegister = 63;
inline constexpr size_t kHeaderBytes = 16;
inline constexpr size_t kDenseBytes = kHeaderBytes + kRegisters * 6 / 8;

/// One byte a register, to merge several into.
using Registers = std::array<uint8_t, kRegisters>;

/// Which register an element counts in, and with what: the zeros its hash ends with, plus one.
struct Observation {
  uint32_t index = 0;
  uint8_t count = 0;
};
Observation observe(std::string_view element);

/// Whether the bytes begin as a HyperLogLog and have its length if dense. A sparse one may be corrupt all the same:
/// whoever reads its registers finds out. All below take bytes for which this is true.
bool is_hyperloglog(std::string_view bytes);
bool is_dense(std::string_view bytes);
/// Sparse, no register set.
std::string make_empty();

/// The estimate kept in the header, unless a change has made it void.
std::optional<uint64_t> cached_estimate(std::string_view bytes);
void cache_estimate(char* bytes, uint64_t estimate);
void forget_estimate(char* bytes);

/// Estimates how many elements were added; nothing when corrupt. O(registers).
std::optional<uint64_t> estimate(std::string_view bytes);
uint64_t estimate(const Registers& registers);

/// Raises the registers to those of `bytes` where these are larger; false: corrupt. O(registers).
bool merge(std::string_view bytes, Registers& registers);

/// Raises one register of a dense one; whether it was smaller. The caller forgets the estimate. O(1).
bool raise_dense(char* bytes, Observation observation);
uint8_t dense_register(std::string_view bytes, size_t index);

enum class Raised : uint8_t { kNo, kYes, kCorrupt };
/// Raises one register of a sparse or dense one. A sparse one that would get longer than `most_sparse_bytes` becomes
/// dense. O(bytes) if sparse.
Raised raise(std::string& bytes, Observation observation, size_t most_sparse_bytes);

/// Makes a sparse one dense; false: corrupt, and the bytes are as they were. O(registers).
bool make_dense(std::string& bytes);

/// The runs of a sparse one in words: "z:10" and "Z:10" for zeros, "v:3,2" for a value and how often.
std::string describe_sparse(std::string_view bytes);

}  // namespace corral::types::hyperloglog
