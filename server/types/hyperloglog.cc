// Reading and estimating; hyperloglog_sparse.cc changes the sparse form.
// Threading: pure functions.
// See: hyperloglog.h.
#include "server/types/hyperloglog.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "server/types/hyperloglog_runs.h"

namespace corral::types::hyperloglog {
namespace {

constexpr int kIndexBits = 14;
constexpr int kHashBits = 64 - kIndexBits;
constexpr size_t kEncodingAt = 4;
constexpr size_t kEstimateAt = 8;
constexpr char kVoidMark = '\x80';  // of the estimate's last byte

// Austin Appleby's MurmurHash64A, as Redis seeds it.
uint64_t murmur(std::string_view bytes) {
  constexpr uint64_t kSeed = 0xadc83b19;
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  uint64_t hash = kSeed ^ (bytes.size() * kMultiplier);
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word *= kMultiplier;
    word ^= word >> kShift;
    hash ^= word * kMultiplier;
    hash *= kMultiplier;
  }
  if (i < bytes.size()) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, bytes.size() - i);
    hash ^= word;
    hash *= kMultiplier;
  }
  hash ^= hash >> kShift;
  hash *= kMultiplier;
  return hash ^ (hash >> kShift);
}

using Histogram = std::array<uint32_t, kLargestRegister + 1>;  // how many registers have each value

// Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284.
double tau(double x) {
  if (x == 0. || x == 1.) return 0.;
  double before = 0;
  double y = 1.0;
  double z = 1 - x;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (before != z);
  return z / 3;
}

double sigma(double x) {
  if (x == 1.) return INFINITY;
  double before = 0;
  double y = 1;
  double z = x;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before != z);
  return z;
}

uint64_t estimate_from(const Histogram& histogram) {
  constexpr double kAlpha = 0.721347520444481703680;
  constexpr double kCount = kRegisters;
  double z = kCount * tau((kCount - histogram[kHashBits + 1]) / kCount);
  for (size_t j = kHashBits; j >= 1; --j) {
    z += histogram.at(j);
    z *= 0.5;
  }
  z += kCount * sigma(histogram[0] / kCount);
  return static_cast<uint64_t>(llroundl(static_cast<long double>(kAlpha * kCount * kCount / z)));
}

// Calls each(register, value) for a dense one: four registers in three bytes.
template <typename Each>
void for_each_dense(std::string_view bytes, Each each) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data()) + kHeaderBytes;
  for (size_t i = 0; i < kRegisters; i += 4, at += 3) {
    const unsigned four = at[0] | (unsigned{at[1]} << 8) | (unsigned{at[2]} << 16);
    for (size_t n = 0; n < 4; ++n) each(i + n, static_cast<uint8_t>((four >> (6 * n)) & kLargestRegister));
  }
}

// Calls each(first register, length, value) for runs that cover the registers exactly; false: they do not.
template <typename Each>
bool for_each_run(std::string_view bytes, Each each) {
  size_t first = 0;
  for (size_t at = kHeaderBytes; at < bytes.size();) {
    const Run run = run_at(bytes, at);
    if (!run.is_whole || first + run.length > kRegisters) return false;
    each(first, run.length, run.value);
    first += run.length;
    at += run.bytes;
  }
  return first == kRegisters;
}

}  // namespace

Observation observe(std::string_view element) {
  const uint64_t hash = murmur(element);
  Observation out;
  out.index = static_cast<uint32_t>(hash & (kRegisters - 1));
  out.count = static_cast<uint8_t>(std::countr_zero((hash >> kIndexBits) | (uint64_t{1} << kHashBits)) + 1);
  return out;
}

bool is_hyperloglog(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("HYLL")) return false;
  const auto encoding = static_cast<uint8_t>(bytes[kEncodingAt]);
  return encoding == kSparseEncoding || (encoding == kDenseEncoding && bytes.size() == kDenseBytes);
}

bool is_dense(std::string_view bytes) {
  return static_cast<uint8_t>(bytes[kEncodingAt]) == kDenseEncoding;
}

std::string make_empty() {
  std::string bytes(kHeaderBytes, '\0');
  std::memcpy(bytes.data(), "HYLL", 4);
  bytes[kEncodingAt] = static_cast<char>(kSparseEncoding);
  append_zeros(bytes, kRegisters);
  return bytes;
}

std::optional<uint64_t> cached_estimate(std::string_view bytes) {
  if ((bytes[kEstimateAt + 7] & kVoidMark) != 0) return std::nullopt;
  uint64_t out = 0;
  std::memcpy(&out, bytes.data() + kEstimateAt, sizeof out);
  return out;
}

void cache_estimate(char* bytes, uint64_t estimate) {
  std::memcpy(bytes + kEstimateAt, &estimate, sizeof estimate);
}

void forget_estimate(char* bytes) {
  bytes[kEstimateAt + 7] = static_cast<char>(bytes[kEstimateAt + 7] | kVoidMark);
}

uint8_t dense_register(std::string_view bytes, size_t index) {
  const size_t bit = index * 6;
  const size_t at = kHeaderBytes + bit / 8;
  const auto high = static_cast<uint8_t>(at + 1 < bytes.size() ? bytes[at + 1] : 0);
  const unsigned both = static_cast<uint8_t>(bytes[at]) | (unsigned{high} << 8);
  return (both >> (bit % 8)) & kLargestRegister;
}

bool raise_dense(char* bytes, Observation observation) {
  if (observation.count <= dense_register({bytes, kDenseBytes}, observation.index)) return false;
  const size_t bit = size_t{observation.index} * 6;
  char* const at = bytes + kHeaderBytes + bit / 8;
  const unsigned shift = bit % 8;
  const unsigned mask = unsigned{kLargestRegister} << shift;
  const unsigned value = unsigned{observation.count} << shift;
  at[0] = static_cast<char>((static_cast<uint8_t>(at[0]) & ~mask) | value);
  if (shift > 2) at[1] = static_cast<char>((static_cast<uint8_t>(at[1]) & ~(mask >> 8)) | (value >> 8));
  return true;
}

std::optional<uint64_t> estimate(std::string_view bytes) {
  Histogram histogram{};
  if (is_dense(bytes)) {
    for_each_dense(bytes, [&histogram](size_t, uint8_t value) { ++histogram.at(value); });
  } else if (!for_each_run(bytes, [&histogram](size_t, size_t length, uint8_t value) {
               histogram.at(value) += static_cast<uint32_t>(length);
             })) {
    return std::nullopt;
  }
  return estimate_from(histogram);
}

uint64_t estimate(const Registers& registers) {
  Histogram histogram{};
  for (const uint8_t value : registers) ++histogram.at(value);
  return estimate_from(histogram);
}

bool merge(std::string_view bytes, Registers& registers) {
  if (is_dense(bytes)) {
    for_each_dense(bytes,
                   [&registers](size_t i, uint8_t value) { registers[i] = std::max(registers[i], value); });
    return true;
  }
  return for_each_run(bytes, [&registers](size_t first, size_t length, uint8_t value) {
    for (size_t i = first; i < first + length && value > 0; ++i)
      registers.at(i) = std::max(registers.at(i), value);
  });
}

bool make_dense(std::string& bytes) {
  if (is_dense(bytes)) return true;
  std::string dense(kDenseBytes, '\0');
  std::memcpy(dense.data(), bytes.data(), kHeaderBytes);
  dense[kEncodingAt] = static_cast<char>(kDenseEncoding);
  const bool whole = for_each_run(bytes, [&dense](size_t first, size_t length, uint8_t value) {
    for (size_t i = first; i < first + length && value > 0; ++i) {
      raise_dense(dense.data(), {static_cast<uint32_t>(i), value});
    }
  });
  if (whole) bytes = std::move(dense);
  return whole;
}

}  // namespace corral::types::hyperloglog
