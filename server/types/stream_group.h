// A consumer group of a stream: who has been given which entries and has not acknowledged them.
// Threading: touched by the stream that owns it.
// See: README.md of this folder, "Streams".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/types/ordered_tree.h"
#include "server/types/stream_id.h"

namespace corral::types {

class StreamConsumer;

/// An entry that was delivered and not acknowledged. Times may be set directly, the owner by StreamGroup::give() only.
struct StreamPending {
  StreamId id;
  int64_t delivered_ms = 0;
  uint64_t deliveries = 0;
  StreamConsumer* consumer = nullptr;
};

/// Pending entries by id. The items are valid until acknowledged.
using StreamPendingTree = OrderedTree<StreamPending*>;

struct BeforeStreamId {
  StreamId id;
  bool operator()(const StreamPending* pending) const { return pending->id < id; }
};

/// An object with its name behind it in one allocation, as groups and consumers are.
template <typename Object>
struct BeforeName {
  std::string_view name;
  bool operator()(const Object* object) const { return object->name() < name; }
};

class StreamConsumer {
 public:
  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), name_size_}; }
  const StreamPendingTree& pending() const { return pending_; }
  int64_t seen_ms = 0;  ///< last try to read, claim or be created

 private:
  friend class StreamGroup;
  explicit StreamConsumer(int64_t now_ms) : seen_ms(now_ms) {}
  StreamPendingTree pending_;
  size_t name_size_ = 0;
};

/// All costs O(log n) in what the group holds, where nothing else is said. Time is the caller's.
class StreamGroup {
 public:
  using Consumers = OrderedTree<StreamConsumer*>;
  /// "Not known": deleted entries make counting impossible.
  static constexpr int64_t kUnknown = -1;

  std::string_view name() const { return {reinterpret_cast<const char*>(this + 1), name_size_}; }
  StreamId last_id;                 ///< last delivered
  int64_t entries_read = kUnknown;  ///< how many entries stand up to last_id, counted from the first one ever

  const StreamPendingTree& pending() const { return pending_; }
  const Consumers& consumers() const { return consumers_; }  ///< by name

  StreamConsumer* find_consumer(std::string_view name) const;
  /// The consumer must not exist.
  StreamConsumer& add_consumer(std::string_view name, int64_t now_ms);
  /// With what is pending for it, whose number is returned. O(that number × log n).
  uint64_t remove_consumer(StreamConsumer& consumer);

  StreamPending* find_pending(StreamId id) const;
  /// An entry goes out: it becomes pending, or, if it was (after the group's last id was set back), the consumer's with a
  /// first delivery.
  StreamPending& deliver(StreamId id, StreamConsumer& consumer, int64_t now_ms);
  /// Makes the consumer the owner (XCLAIM).
  void give(StreamPending& pending, StreamConsumer& consumer);
  bool acknowledge(StreamId id);

 private:
  friend class StreamGroups;
  StreamGroup(std::string_view name, size_t& memory);
  ~StreamGroup();
  void insert(StreamPendingTree& tree, StreamPending* pending);
  void erase(StreamPendingTree& tree, StreamId id);
  size_t discard(size_t budget);

  size_t& memory_;  // of the owner's groups, all in all
  StreamPendingTree pending_;
  Consumers consumers_;
  size_t name_size_ = 0;
};

/// The groups of a stream, by name.
class StreamGroups {
 public:
  using Groups = OrderedTree<StreamGroup*>;
  StreamGroups() = default;
  StreamGroups(const StreamGroups&) = delete;
  StreamGroups& operator=(const StreamGroups&) = delete;
  ~StreamGroups() { discard(SIZE_MAX); }

  const Groups& all() const { return groups_; }
  StreamGroup* find(std::string_view name) const;
  /// The group must not exist.
  StreamGroup& add(std::string_view name, StreamId last_id, int64_t entries_read);
  /// With its consumers and what is pending. O(all of that).
  void remove(StreamGroup& group);
  void copy_from(const StreamGroups& other);
  size_t memory_bytes() const { return memory_ + groups_.memory_bytes(); }
  size_t discard(size_t budget);

 private:
  Groups groups_;
  size_t memory_ = 0;
};

}  // namespace corral::types
