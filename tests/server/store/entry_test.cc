// The bytes of entries: every shape of header, key, value and times around its limits.
// Threading: one thread.
// See: server/store/entry_layout.h.
#include <gtest/gtest.h>

#include <string>

#include "server/base/random.h"
#include "tests/server/store/model.h"

namespace corral::store {
namespace {

// Makes an entry outside of a table.
struct Owned {
  Owned(std::string_view key, std::string_view value, const Times& times, bool blob = false) {
    shape = EntryLayout::shape(key.size(), value.size(), blob, StringEncoding::kInt, times);
    entry = EntryLayout::allocate(shape);
    EntryLayout::write_header(entry, shape, times);
    if (!key.empty()) std::memcpy(EntryLayout::key_data(entry), key.data(), key.size());
    if (blob) {
      EntryLayout::write_blob(entry, shape, base::Blob::copy_of(value));
    } else {
      EntryLayout::write_value(entry, shape, value);
    }
  }
  ~Owned() {
    if (entry->blob() != nullptr) entry->blob()->release();
    EntryLayout::release(entry, shape);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  EntryShape shape;
  Entry* entry;
};

Extension some_extension(int tags, int64_t soft_ms, int64_t nominal_ms, int64_t filled_ms) {
  Extension out;
  out.policy = 0xbeef;
  out.cost_log2 = 11;
  out.stale = tags % 2 == 1;
  out.tag_count = static_cast<uint8_t>(tags);
  out.soft_ms = soft_ms;
  out.nominal_ms = nominal_ms;
  out.filled_ms = filled_ms;
  for (int i = 0; i < tags; ++i)
    out.tags[i] = {0xffff0000u + static_cast<uint32_t>(i), static_cast<uint32_t>(i * 7)};
  return out;
}

TEST(Entry, HoldsEveryCombinationOfSizesAndTimes) {
  constexpr int64_t kEnd = EntryLayout::kShortExpiryEnd;
  for (const size_t key_size : {0u, 1u, 16u, 254u, 255u, 256u, 257u, 70000u}) {
    for (const size_t value_size : {0u, 1u, 32u, 254u, 255u, 256u, 4095u, 4096u}) {
      for (const int64_t expiry :
           {kNoExpiry, int64_t{0}, int64_t{1}, EntryLayout::kEpochMs - 1, EntryLayout::kEpochMs,
            int64_t{1'700'000'000'000}, kEnd - 1, kEnd, INT64_MAX}) {
        for (const int tags : {-1, 0, 1, 8}) {
          const Extension extension = some_extension(tags, kNoExpiry, 1'700'000'000'001, 0);
          const std::string key(key_size, 'k');
          const std::string value(value_size, 'v');
          const Owned owned(key, value, {expiry, tags < 0 ? nullptr : &extension});
          const Entry& entry = *owned.entry;
          ASSERT_EQ(entry.key(), key);
          ASSERT_EQ(entry.string(), value);
          ASSERT_EQ(entry.expiry_ms(), expiry);
          ASSERT_EQ(entry.has_expiry(), expiry != kNoExpiry);
          ASSERT_EQ(entry.has_extension(), tags >= 0);
          if (tags >= 0) {
            ASSERT_TRUE(same_extension(entry.extension(), extension));
          }
          ASSERT_EQ(entry.encoding(), StringEncoding::kInt);
          ASSERT_EQ(entry.type(), ValueType::kString);
          ASSERT_EQ(entry.blob(), nullptr);
          const size_t times = (expiry == kNoExpiry                                ? 0u
                                : expiry >= EntryLayout::kEpochMs && expiry < kEnd ? 5u
                                                                                   : 8u) +
                               (tags < 0 ? 0u : 19u + 8u * static_cast<size_t>(tags));
          ASSERT_EQ(entry.allocation_bytes(), 2 + (key_size > 255 ? 4u : 1u) + (value_size > 255 ? 2u : 1u) +
                                                  times + key_size + value_size);
          ASSERT_TRUE(EntryLayout::key_equals(&entry, key));
          ASSERT_FALSE(EntryLayout::key_equals(&entry, key + "x"));
          if (key_size > 0) {
            ASSERT_FALSE(EntryLayout::key_equals(&entry, std::string(key_size - 1, 'k') + "x"));
            ASSERT_FALSE(EntryLayout::key_equals(&entry, "x" + std::string(key_size - 1, 'k')));
          }
        }
      }
    }
  }
}

TEST(Entry, HeadlineSizesFitTheirClasses) {
  const Owned plain(std::string(16, 'k'), std::string(32, 'v'), {});
  EXPECT_EQ(plain.entry->allocation_bytes(), 52u);
  EXPECT_EQ(plain.entry->memory_bytes(), 64u);
  const Owned timed(std::string(16, 'k'), std::string(32, 'v'), {1'700'000'000'000, nullptr});
  EXPECT_EQ(timed.entry->allocation_bytes(), 57u);
  const Owned larger(std::string(16, 'k'), std::string(100, 'v'), {1'700'000'000'000, nullptr});
  EXPECT_EQ(larger.entry->memory_bytes(), 128u);
}

TEST(Entry, TimesOutsideFiveBytesMakeTheExtensionWide) {
  constexpr int64_t kEnd = EntryLayout::kShortExpiryEnd;
  for (const int64_t odd : {int64_t{1}, EntryLayout::kEpochMs - 1, kEnd - 2, kEnd, INT64_MAX}) {
    const Extension wide = some_extension(3, odd, kNoExpiry, 1'700'000'000'000);
    const Owned owned("key", "value", {kNoExpiry, &wide});
    EXPECT_TRUE(same_extension(owned.entry->extension(), wide)) << odd;
    EXPECT_EQ(owned.entry->allocation_bytes(), 4u + 28 + 24 + 8);
    EXPECT_EQ(owned.entry->string(), "value");
  }
  const Extension last = some_extension(3, kEnd - 3, EntryLayout::kEpochMs, 0);
  const Owned owned("key", "value", {kNoExpiry, &last});
  EXPECT_TRUE(same_extension(owned.entry->extension(), last));
  EXPECT_EQ(owned.entry->allocation_bytes(), 4u + 19 + 24 + 8);
}

TEST(Entry, SetExtensionOverwritesInPlaceAndClampsWhatDoesNotFit) {
  Extension extension = some_extension(2, 1'700'000'000'000, kNoExpiry, 0);
  const Owned owned("key", "value", {1'700'000'000'000, &extension});
  extension.stale = true;
  extension.cost_log2 = 3;
  extension.soft_ms = kNoExpiry;
  owned.entry->set_extension(extension);
  EXPECT_TRUE(same_extension(owned.entry->extension(), extension));
  EXPECT_EQ(owned.entry->expiry_ms(), 1'700'000'000'000);
  EXPECT_EQ(owned.entry->string(), "value");
  extension.soft_ms = INT64_MAX;
  owned.entry->set_extension(extension);
  EXPECT_EQ(owned.entry->extension().soft_ms, EntryLayout::kShortExpiryEnd - 3);
  EXPECT_EQ(owned.entry->string(), "value");
}

// What plainly_fresh() says without decoding is what the extension says; it may hold back, never promise too much.
TEST(Entry, PlainlyFreshAgreesWithTheExtension) {
  for (const int tags : {0, 1, 2, 8}) {
    for (const int64_t soft : {kNoExpiry, int64_t{0}, EntryLayout::kEpochMs, int64_t{1'700'000'000'000}, INT64_MAX}) {
      const Extension extension = some_extension(tags, soft, kNoExpiry, 0);
      const Owned owned("key", "value", {1'800'000'000'000, &extension});
      EXPECT_EQ(owned.entry->policy_number(), extension.policy);
      for (const int64_t now : {int64_t{0}, EntryLayout::kEpochMs, soft - 1, soft, soft + (soft < INT64_MAX ? 1 : 0)}) {
        const bool fresh = !extension.stale && (soft == kNoExpiry || soft > now);
        const bool plain = tags == 0 && soft != INT64_MAX && soft != 0;  // the wide form; a value of its own
        EXPECT_EQ(owned.entry->plainly_fresh(now), plain && fresh) << tags << " tags, soft " << soft << " at " << now;
      }
    }
  }
  Extension stale = some_extension(0, kNoExpiry, kNoExpiry, 0);
  stale.stale = true;
  EXPECT_FALSE(Owned("key", "value", {kNoExpiry, &stale}).entry->plainly_fresh(0));
}

TEST(Entry, BlobIsReadThroughItsAddress) {
  const std::string large(10000, 'b');
  const Owned owned(std::string(300, 'k'), large, {kNoExpiry, nullptr}, true);
  EXPECT_EQ(owned.entry->string(), large);
  EXPECT_EQ(owned.entry->allocation_bytes(), 2u + 4 + 300 + 8);
  EXPECT_EQ(owned.entry->memory_bytes(), size_class(314) + size_class(sizeof(base::Blob) + 10000));
}

TEST(Entry, SizeClassesAreTheAllocators) {
  for (size_t bytes = 1; bytes < 20000; ++bytes)
    ASSERT_EQ(size_class(bytes), base::allocated_size(bytes)) << bytes;
  for (size_t bytes = 20000; bytes < 300'000'000; bytes += bytes / 7) {
    ASSERT_EQ(size_class(bytes), base::allocated_size(bytes)) << bytes;
  }
}

TEST(Entry, SameBytesSeesEveryDifference) {
  base::Random random(3);
  for (size_t size = 0; size < 40; ++size) {
    std::string a(size, '\0');
    for (char& c : a) c = static_cast<char>(random.next());
    EXPECT_TRUE(same_bytes(a.data(), std::string(a).data(), size));
    for (size_t i = 0; i < size; ++i) {
      std::string b = a;
      b[i] = static_cast<char>(b[i] ^ 0x40);
      EXPECT_FALSE(same_bytes(a.data(), b.data(), size)) << size << ' ' << i;
    }
  }
}

}  // namespace
}  // namespace corral::store
