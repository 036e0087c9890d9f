// Random operations on a table and on a map: both must agree after every one.
// Threading: one thread.
// See: model.h.
#include <gtest/gtest.h>

#include <string>

#include "server/base/random.h"
#include "tests/server/store/model.h"

namespace corral::store {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;

class TableModel : public ::testing::Test {
 protected:
  explicit TableModel(uint32_t stagger = 0) : table_(test_secret(), stagger, &deferred_, &unreported_) {
    base_bytes_ = table_.memory().total();
  }

  std::string key(uint64_t number) {
    std::string out = "key:" + std::to_string(number);
    if (number % 97 == 0) out += std::string(300, 'k');
    if (number % 89 == 0) out = std::to_string(number / 89);
    return out;
  }
  std::string value() {
    static constexpr size_t kSizes[] = {0, 1, 3, 8, 30, 32, 33, 60, 100, 254, 255, 256, 257, 1000};
    size_t size = kSizes[random_.below(std::size(kSizes))];
    if (random_.below(50) == 0) size = 4090 + random_.below(12);
    return std::string(size, static_cast<char>('a' + random_.below(26)));
  }
  int64_t expiry() {
    switch (random_.below(6)) {
      case 0:
      case 1:
        return kNoExpiry;
      case 2:
        return now_ms_ + 1 + static_cast<int64_t>(random_.below(3000));
      case 3:
        return now_ms_ + 1 + static_cast<int64_t>(random_.below(600'000));
      case 4:
        return now_ms_ + 1 + static_cast<int64_t>(random_.below(40'000'000'000));
      default:
        return EntryLayout::kShortExpiryEnd + static_cast<int64_t>(random_.below(1000));
    }
  }
  std::optional<Extension> extension() {
    if (random_.below(3) != 0) return std::nullopt;
    Extension out;
    out.policy = static_cast<uint16_t>(random_.next());
    out.cost_log2 = static_cast<uint8_t>(random_.below(20));
    out.stale = random_.below(2) == 0;
    out.tag_count = static_cast<uint8_t>(random_.below(kMaxTagsPerEntry + 1));
    out.soft_ms = random_.below(2) == 0 ? kNoExpiry : now_ms_ + 5;
    out.nominal_ms = random_.below(4) == 0 ? EntryLayout::kShortExpiryEnd + 5 : now_ms_ + 50;
    out.filled_ms = now_ms_;
    for (int i = 0; i < out.tag_count; ++i) {
      out.tags[i] = {static_cast<uint32_t>(random_.next()), static_cast<uint32_t>(random_.next())};
    }
    return out;
  }

  void put(const std::string& name) {
    ModelEntry entry{value(), expiry(), extension()};
    const Times times{entry.expiry_ms, entry.extension ? &*entry.extension : nullptr};
    NewValue fresh{entry.value, nullptr, StringEncoding::kEmbstr};
    if (random_.below(20) == 0) {
      fresh.blob = base::Blob::copy_of(entry.value);
      fresh.bytes = {};
    }
    const Entry* const made = table_.put(name, test_hash(name), fresh, times);
    EXPECT_EQ(difference(*made, entry), "");
    EXPECT_EQ(made->encoding(), StringEncoding::kEmbstr);
    model_[name] = entry;
  }
  void change_times(const std::string& name) {
    Entry* const entry = table_.find(name, test_hash(name));
    if (entry == nullptr) return;
    ModelEntry& model = model_[name];
    model.expiry_ms = expiry();
    model.extension = extension();
    const Entry* const changed = table_.set_times(
        entry, test_hash(name), {model.expiry_ms, model.extension ? &*model.extension : nullptr});
    EXPECT_EQ(difference(*changed, model), "");
  }
  void write(const std::string& name) {
    Entry* entry = table_.peek(name, test_hash(name));
    if (entry == nullptr) return;
    ModelEntry& model = model_[name];
    const bool share = entry->blob() != nullptr && random_.below(2) == 0;
    const base::BlobRef reader = share ? base::BlobRef::share(entry->blob()) : base::BlobRef();
    const std::string before(entry->string());
    size_t size = model.value.size() + random_.below(40);
    if (random_.below(10) == 0) size = random_.below(6000);
    char* const bytes = table_.writable_string(entry, test_hash(name), size);
    model.value.resize(size, '\0');
    EXPECT_EQ(std::string_view(bytes, size), model.value);
    if (size > 0) bytes[size - 1] = model.value[size - 1] = 'w';
    EXPECT_EQ(difference(*entry, model), "");
    EXPECT_EQ(entry->encoding(), StringEncoding::kRaw);
    if (reader) {
      EXPECT_EQ(reader->view(), before);
    }
  }
  void erase(const std::string& name) {
    Entry* const entry = table_.peek(name, test_hash(name));
    EXPECT_EQ(entry != nullptr, model_.count(name) == 1) << name;
    if (entry == nullptr) return;
    table_.erase(entry, test_hash(name));
    model_.erase(name);
    EXPECT_EQ(table_.peek(name, test_hash(name)), nullptr);
  }
  void expire(int64_t passed_ms) {
    now_ms_ += passed_ms;
    const auto gone = [](void* context, const Entry& entry, uint64_t hash) {
      auto& self = *static_cast<TableModel*>(context);
      EXPECT_EQ(hash, test_hash(entry.key()));
      EXPECT_LE(entry.expiry_ms(), self.now_ms_);
      EXPECT_EQ(self.model_.erase(std::string(entry.key())), 1u);
    };
    while (table_.next_due_ms() <= now_ms_) {
      const size_t budget = 1 + random_.below(40);
      const size_t looked_at = table_.expire_due(now_ms_, budget, gone, this);
      EXPECT_LE(looked_at, budget);
      if (looked_at == 0) break;
    }
    EXPECT_GT(table_.next_due_ms(), now_ms_);
  }
  void check_all() {
    ASSERT_EQ(table_.size(), model_.size());
    size_t expires = 0;
    for (const auto& [name, model] : model_) {
      const Entry* const entry = table_.peek(name, test_hash(name));
      ASSERT_NE(entry, nullptr) << name;
      ASSERT_EQ(entry->key(), name);
      ASSERT_EQ(difference(*entry, model), "") << name;
      expires += model.expiry_ms != kNoExpiry ? 1 : 0;
      // Nothing stays longer than two ticks beyond its time.
      if (model.expiry_ms != kNoExpiry) {
        ASSERT_GT(model.expiry_ms, now_ms_ - 128) << name;
      }
    }
    ASSERT_EQ(table_.expires(), expires);
    const MemoryFigures walked = walked_figures(table_);
    ASSERT_EQ(table_.memory().payload, walked.payload);
    ASSERT_EQ(table_.memory().header, walked.header);
    ASSERT_EQ(table_.memory().waste, walked.waste);
    ASSERT_EQ(unreported_, table_.memory().total() - base_bytes_);
  }
  void run(uint64_t seed, uint64_t keys, int operations, uint64_t erase_weight) {
    random_ = base::Random(seed);
    for (int i = 0; i < operations; ++i) {
      const std::string name = key(random_.below(keys));
      const uint64_t dice = random_.below(20);
      if (dice < 9) {
        put(name);
      } else if (dice < 9 + erase_weight) {
        erase(name);
      } else if (dice < 16) {
        const Entry* const entry = table_.find(name, test_hash(name));
        const auto model = model_.find(name);
        ASSERT_EQ(entry != nullptr, model != model_.end()) << name;
        if (entry != nullptr) {
          ASSERT_EQ(difference(*entry, model->second), "");
        }
      } else if (dice < 17) {
        change_times(name);
      } else if (dice < 19) {
        write(name);
      } else if (random_.below(20) == 0) {
        expire(static_cast<int64_t>(random_.below(2000)));
      }
      deferred_.run(nullptr);
      if (i % (operations / 10) == 0) check_all();
      if (HasFailure()) FAIL() << "operation " << i;
    }
    expire(0);
    check_all();
  }

  int64_t now_ms_ = kStartMs;
  base::Random random_{1};
  DeferredFrees deferred_;
  int64_t unreported_ = 0;
  int64_t base_bytes_ = 0;
  Table table_;
  Model model_;
};

TEST_F(TableModel, FewKeys) {
  run(1, 20, 20000, 3);
}
TEST_F(TableModel, SomeHundredKeys) {
  run(2, 700, 40000, 3);
}
TEST_F(TableModel, ManyKeysMostlyGrowing) {
  run(3, 20000, 100000, 1);
}
TEST_F(TableModel, ManyKeysComingAndGoing) {
  run(4, 6000, 100000, 6);
}

TEST_F(TableModel, EverythingIsErasedAndMemoryComesBack) {
  run(5, 20000, 60000, 1);
  const int64_t full = table_.memory().table;
  while (!model_.empty()) erase(std::string(model_.begin()->first));
  deferred_.run(nullptr);
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_LT(table_.memory().table - base_bytes_, full / 10);
  EXPECT_EQ(table_.memory().payload + table_.memory().header + table_.memory().waste, 0);
  run(6, 3000, 20000, 2);
}

TEST_F(TableModel, ExpiryInLargeJumps) {
  random_ = base::Random(8);
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 200; ++i) put(key(random_.below(3000)));
    expire(static_cast<int64_t>(random_.below(uint64_t{1} << random_.below(36))));
    deferred_.run(nullptr);
    check_all();
    if (HasFailure()) FAIL() << "round " << round;
  }
}

TEST_F(TableModel, DetachLeavesAnEmptyUsableTable) {
  run(9, 5000, 20000, 1);
  const size_t before = table_.size();
  const std::unique_ptr<Table> taken = table_.detach();
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ(table_.expires(), 0u);
  EXPECT_EQ(table_.next_due_ms(), INT64_MAX);
  EXPECT_EQ(taken->size(), before);
  EXPECT_EQ(unreported_, table_.memory().total() - base_bytes_);
  model_.clear();
  run(10, 5000, 20000, 1);
  size_t freed = 0;
  while (const size_t step = taken->discard(100)) {
    EXPECT_LE(step, 100u + 1000u);
    freed += step;
  }
  EXPECT_EQ(freed, before);
  EXPECT_EQ(taken->memory().payload, 0);
  check_all();
}

}  // namespace
}  // namespace corral::store
