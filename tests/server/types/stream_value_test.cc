// Streams and their groups against std::map: entries, ids at their limits, memory, copies.
// Threading: one thread.
// See: server/types/stream_value.h.
#include "server/types/stream_value.h"

#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/base/random.h"
#include "tests/server/types/heap_bytes.h"

namespace corral::types {
namespace {

using Texts = std::vector<std::string>;
using Model = std::map<StreamId, Texts>;
constexpr uint64_t kMax = UINT64_MAX;

void append(StreamValue& stream, StreamId id, const Texts& texts, const Thresholds& thresholds = {}) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  stream.append(id, views, thresholds);
}

std::vector<std::pair<StreamId, Texts>> content(const StreamValue& stream, StreamId start = StreamId::min(),
                                                StreamId end = StreamId::max(), bool reverse = false) {
  std::vector<std::pair<StreamId, Texts>> all;
  PackedElement::Buffer buffer;
  StreamIterator entries(stream, start, end, reverse);
  while (entries.next()) {
    all.emplace_back(entries.id(), Texts());
    entries.each_field([&](const PackedElement& field, const PackedElement& value) {
      all.back().second.emplace_back(field.text(buffer));
      all.back().second.emplace_back(value.text(buffer));
    });
    EXPECT_EQ(all.back().second.size(), 2 * entries.fields());
  }
  return all;
}

Texts random_fields(base::Random& random) {
  Texts texts;
  const uint64_t pairs = random.below(4) == 0 ? 1 + random.below(5) : 2;
  for (uint64_t i = 0; i < pairs; ++i) {
    texts.push_back("field" + std::to_string(random.below(10) == 0 ? random.below(5) : i));
    texts.push_back(random.below(3) == 0
                        ? std::to_string(static_cast<int64_t>(random.next() >> random.below(64)))
                        : std::string(random.below(40), 'v'));
  }
  if (random.below(100) == 0) texts.back() = std::string(5000, 'x');
  return texts;
}

StreamId random_step(base::Random& random, StreamId last) {
  if (random.below(3) == 0) return {last.ms, last.sequence + 1 + random.below(3)};
  return {last.ms + 1 + random.below(5), random.below(4) == 0 ? random.next() : 0};
}

void compare(const StreamValue& stream, const Model& model, base::Random& random) {
  using All = std::vector<std::pair<StreamId, Texts>>;
  ASSERT_EQ(stream.size(), model.size());
  ASSERT_EQ(content(stream), All(model.begin(), model.end()));
  ASSERT_EQ(content(stream, StreamId::min(), StreamId::max(), true), All(model.rbegin(), model.rend()));
  ASSERT_EQ(stream.first_id(), model.empty() ? StreamId() : model.begin()->first);
  for (int i = 0; i < 50; ++i) {
    const StreamId start{random.below(stream.last_id().ms + 2), random.below(3)};
    const StreamId end{start.ms + random.below(200), random.below(3)};
    All wanted(model.lower_bound(start), end < start ? model.lower_bound(start) : model.upper_bound(end));
    ASSERT_EQ(content(stream, start, end), wanted);
    ASSERT_EQ(content(stream, start, end, true), All(wanted.rbegin(), wanted.rend()));
    ASSERT_EQ(stream.contains(start), model.count(start) == 1);
  }
}

TEST(StreamValue, AgreesWithAModel) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    std::cout << "seed " << seed << '\n';
    base::Random random(seed);
    StreamValue stream;
    Model model;
    uint64_t added = 0;
    for (const uint64_t adds_of_ten : {9, 5, 7, 1, 8}) {
      for (int step = 0; step < 1500; ++step) {
        if (random.below(10) < adds_of_ten) {
          const StreamId id = random_step(random, stream.last_id());
          const Texts texts = random_fields(random);
          append(stream, id, texts);
          model.emplace(id, texts);
          ++added;
        } else if (random.below(100) == 0) {
          StreamTrim trim;
          trim.max_length = model.size() - random.below(std::min<uint64_t>(model.size() + 1, 50));
          const uint64_t gone = model.size() - trim.max_length;
          ASSERT_EQ(stream.trim(trim), gone);
          model.erase(model.begin(), std::next(model.begin(), static_cast<int64_t>(gone)));
        } else if (!model.empty()) {
          const auto victim = model.lower_bound({random.below(stream.last_id().ms + 1), 0});
          const StreamId id = victim == model.end() ? model.begin()->first : victim->first;
          ASSERT_TRUE(stream.erase(id));
          ASSERT_FALSE(stream.erase(id));
          model.erase(id);
        }
      }
      compare(stream, model, random);
    }
    EXPECT_EQ(stream.entries_added(), added);
  }
}

TEST(StreamValue, IdsReachTheirLimits) {
  using Kind = StreamIdRequest::Kind;
  EXPECT_EQ((StreamId{5, kMax}.next()), (StreamId{6, 0}));
  EXPECT_EQ(StreamId::max().next(), std::nullopt);
  EXPECT_EQ((StreamId{6, 0}.previous()), (StreamId{5, kMax}));
  EXPECT_EQ(StreamId::min().previous(), std::nullopt);
  EXPECT_EQ(new_stream_id({}, {}, 1000), (StreamId{1000, 0}));
  EXPECT_EQ(new_stream_id({}, {1000, 7}, 1000), (StreamId{1000, 8}));
  EXPECT_EQ(new_stream_id({}, {2000, kMax}, 1000), (StreamId{2001, 0}));
  EXPECT_EQ(new_stream_id({}, StreamId::max(), 1000), std::nullopt);
  EXPECT_EQ(new_stream_id({Kind::kAutoSequence, {5, 0}}, {5, 9}, 0), (StreamId{5, 10}));
  EXPECT_EQ(new_stream_id({Kind::kAutoSequence, {6, 0}}, {5, 9}, 0), (StreamId{6, 0}));
  EXPECT_EQ(new_stream_id({Kind::kAutoSequence, {0, 0}}, {}, 0), (StreamId{0, 1}));
  EXPECT_EQ(new_stream_id({Kind::kAutoSequence, {4, 0}}, {5, 9}, 0), std::nullopt);
  EXPECT_EQ(new_stream_id({Kind::kAutoSequence, {5, 0}}, {5, kMax}, 0), std::nullopt);
  EXPECT_EQ(new_stream_id({Kind::kExplicit, {5, 9}}, {5, 9}, 0), std::nullopt);
  EXPECT_EQ(new_stream_id({Kind::kExplicit, {kMax, kMax}}, {5, 9}, 0), StreamId::max());

  StreamValue stream;
  for (const StreamId id :
       {StreamId{0, 1}, StreamId{0, kMax}, StreamId{1, 0}, StreamId{kMax, 3}, StreamId::max()}) {
    append(stream, id, {"f", "v"});
  }
  EXPECT_EQ(stream.nodes(), 1U);
  const auto all = content(stream);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(all[1].first, (StreamId{0, kMax}));
  EXPECT_EQ(all[3].first, (StreamId{kMax, 3}));
  EXPECT_EQ(all[4].first, StreamId::max());
  EXPECT_TRUE(stream.erase(StreamId::max()));
  EXPECT_EQ(stream.max_deleted_id(), StreamId::max());
  EXPECT_EQ(stream.last_id(), StreamId::max());
}

TEST(StreamValue, MemoryIsTheAllocatorsOwnFigure) {
  base::Random random(6);
  std::vector<Texts> entries;
  for (int i = 0; i < 3000; ++i) entries.push_back(random_fields(random));
  const auto before = heap_bytes();
  if (!before) return;
  const auto held = [&] { return *heap_bytes() - *before; };
  auto stream = std::make_unique<StreamValue>();
  for (uint64_t i = 0; i < entries.size(); ++i) {
    append(*stream, {i + 1, 0}, entries[i]);
    ASSERT_EQ(static_cast<int64_t>(stream->memory_bytes()), held());
  }
  StreamGroup& group = stream->groups().add("a group", {}, 0);
  StreamConsumer& one = group.add_consumer("one", 5);
  StreamConsumer& two = group.add_consumer(std::string(100, 'n'), 5);
  for (uint64_t i = 1; i <= 1000; ++i) {
    group.deliver({i, 0}, i % 3 == 0 ? one : two, 7);
    ASSERT_EQ(static_cast<int64_t>(stream->memory_bytes()), held());
  }
  const int64_t alone = held();
  auto copy = stream->clone();
  EXPECT_EQ(static_cast<int64_t>(copy->memory_bytes()), held() - alone);
  copy.reset();
  for (uint64_t i = 1; i <= 1000; i += 2) {
    ASSERT_TRUE(group.acknowledge({i, 0}));
    ASSERT_TRUE(stream->erase({i, 0}));
    ASSERT_EQ(static_cast<int64_t>(stream->memory_bytes()), held());
  }
  group.remove_consumer(two);
  ASSERT_EQ(static_cast<int64_t>(stream->memory_bytes()), held());
  stream->groups().remove(group);
  StreamTrim trim;
  trim.max_length = 10;
  stream->trim(trim);
  ASSERT_EQ(static_cast<int64_t>(stream->memory_bytes()), held());
  stream.reset();
  EXPECT_EQ(held(), 0);
}

TEST(StreamValue, CloneAndDiscard) {
  const auto before = heap_bytes();
  {
    StreamValue stream;
    for (uint64_t i = 1; i <= 5000; ++i) append(stream, {i, i}, {"f", std::to_string(i)});
    stream.erase({7, 7});
    StreamGroup& group = stream.groups().add("g", {9, 9}, 4);
    StreamConsumer& consumer = group.add_consumer("c", 11);
    for (uint64_t i = 1; i <= 500; ++i) group.deliver({i, i}, consumer, 3).deliveries = i;
    auto copied = stream.clone();
    auto& copy = static_cast<StreamValue&>(*copied);
    EXPECT_EQ(content(copy), content(stream));
    EXPECT_EQ(copy.max_deleted_id(), (StreamId{7, 7}));
    const StreamGroup* const same = copy.groups().find("g");
    ASSERT_NE(same, nullptr);
    EXPECT_EQ(same->last_id, (StreamId{9, 9}));
    EXPECT_EQ(same->entries_read, 4);
    EXPECT_EQ(same->find_consumer("c")->seen_ms, 11);
    EXPECT_EQ(same->find_pending({50, 50})->deliveries, 50U);
    EXPECT_EQ(same->find_pending({50, 50})->consumer, same->find_consumer("c"));
    size_t steps = 0;
    for (size_t freed = copy.discard(100); freed > 0; freed = copy.discard(100), ++steps)
      EXPECT_LE(freed, 200U);
    EXPECT_GE(steps, 50U);
    EXPECT_EQ(group.pending().size(), 500U);
  }
  EXPECT_EQ(heap_bytes(), before);
}

TEST(StreamGroup, PendingEntriesChangeHands) {
  StreamValue stream;
  StreamGroup& group = stream.groups().add("g", {}, 0);
  StreamConsumer& one = group.add_consumer("one", 1);
  StreamConsumer& two = group.add_consumer("two", 2);
  EXPECT_EQ(group.find_consumer("on"), nullptr);
  for (uint64_t i = 1; i <= 10; ++i) group.deliver({i, 0}, one, 100);
  StreamPending* const third = group.find_pending({3, 0});
  ASSERT_NE(third, nullptr);
  group.give(*third, two);
  third->delivered_ms = 200;
  third->deliveries += 1;
  EXPECT_EQ(one.pending().size(), 9U);
  EXPECT_EQ((*two.pending().first())->id, (StreamId{3, 0}));
  // Delivered again after the group was set back: a first delivery to another consumer.
  EXPECT_EQ(&group.deliver({3, 0}, one, 300), third);
  EXPECT_EQ(third->deliveries, 1U);
  EXPECT_EQ(third->delivered_ms, 300);
  EXPECT_TRUE(two.pending().empty());
  EXPECT_FALSE(group.acknowledge({11, 0}));
  EXPECT_TRUE(group.acknowledge({1, 0}));
  EXPECT_EQ((*group.pending().first())->id, (StreamId{2, 0}));
  EXPECT_EQ(group.remove_consumer(one), 9U);
  EXPECT_TRUE(group.pending().empty());
  EXPECT_EQ(group.consumers().size(), 1U);
}

}  // namespace
}  // namespace corral::types
