// Groups, consumers and what is pending, with their memory.
// Threading: see stream_group.h.
// See: README.md of this folder, "Streams".
#include "server/types/stream_group.h"

#include <cstring>
#include <new>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {
namespace {

// Adds to a sum what a tree has grown by.
class Account {
 public:
  Account(size_t& sum, const auto& tree) : sum_(sum), sum_without_(sum - tree.memory_bytes()) {}
  void settle(const auto& tree) { sum_ = sum_without_ + tree.memory_bytes(); }

 private:
  size_t& sum_;
  size_t sum_without_;
};

size_t named_bytes(size_t object, std::string_view name) {
  return object + name.size();
}

void* allocate_counted(size_t bytes, size_t& memory) {
  memory += base::size_class(bytes);
  return base::allocate(bytes);
}

void release_counted(void* block, size_t bytes, size_t& memory) {
  memory -= base::size_class(bytes);
  base::release(block, bytes);
}

}  // namespace

StreamGroup::StreamGroup(std::string_view name, size_t& memory) : memory_(memory), name_size_(name.size()) {
  std::memcpy(static_cast<void*>(this + 1), name.data(), name.size());
}

StreamGroup::~StreamGroup() {
  discard(SIZE_MAX);
}

void StreamGroup::insert(StreamPendingTree& tree, StreamPending* pending) {
  Account account(memory_, tree);
  tree.insert(pending, BeforeStreamId{pending->id});
  account.settle(tree);
}

void StreamGroup::erase(StreamPendingTree& tree, StreamId id) {
  Account account(memory_, tree);
  tree.erase(BeforeStreamId{id});
  account.settle(tree);
}

StreamConsumer* StreamGroup::find_consumer(std::string_view name) const {
  const auto found = consumers_.seek(BeforeName<StreamConsumer>{name});
  return found && (*found)->name() == name ? *found : nullptr;
}

StreamConsumer& StreamGroup::add_consumer(std::string_view name, int64_t now_ms) {
  DCHECK(find_consumer(name) == nullptr);
  void* const block = allocate_counted(named_bytes(sizeof(StreamConsumer), name), memory_);
  auto* const consumer = new (block) StreamConsumer(now_ms);
  consumer->name_size_ = name.size();
  std::memcpy(static_cast<void*>(consumer + 1), name.data(), name.size());
  Account account(memory_, consumers_);
  consumers_.insert(consumer, BeforeName<StreamConsumer>{name});
  account.settle(consumers_);
  return *consumer;
}

uint64_t StreamGroup::remove_consumer(StreamConsumer& consumer) {
  const uint64_t pending = consumer.pending_.size();
  while (const auto last = consumer.pending_.last()) acknowledge((*last)->id);
  Account account(memory_, consumers_);
  consumers_.erase(BeforeName<StreamConsumer>{consumer.name()});
  account.settle(consumers_);
  const size_t bytes = named_bytes(sizeof consumer, consumer.name());
  consumer.~StreamConsumer();
  release_counted(&consumer, bytes, memory_);
  return pending;
}

StreamPending* StreamGroup::find_pending(StreamId id) const {
  const auto found = pending_.seek(BeforeStreamId{id});
  return found && (*found)->id == id ? *found : nullptr;
}

StreamPending& StreamGroup::deliver(StreamId id, StreamConsumer& consumer, int64_t now_ms) {
  StreamPending* pending = find_pending(id);
  if (pending == nullptr) {
    pending = new (allocate_counted(sizeof(StreamPending), memory_)) StreamPending{id, now_ms, 1, &consumer};
    insert(pending_, pending);
    insert(consumer.pending_, pending);
    return *pending;
  }
  give(*pending, consumer);
  pending->delivered_ms = now_ms;
  pending->deliveries = 1;
  return *pending;
}

void StreamGroup::give(StreamPending& pending, StreamConsumer& consumer) {
  if (pending.consumer == &consumer) return;
  erase(pending.consumer->pending_, pending.id);
  pending.consumer = &consumer;
  insert(consumer.pending_, &pending);
}

bool StreamGroup::acknowledge(StreamId id) {
  StreamPending* const pending = find_pending(id);
  if (pending == nullptr) return false;
  erase(pending->consumer->pending_, id);
  erase(pending_, id);
  release_counted(pending, sizeof *pending, memory_);
  return true;
}

size_t StreamGroup::discard(size_t budget) {
  size_t freed = 0;
  for (; freed < budget && !pending_.empty(); ++freed) acknowledge((*pending_.last())->id);
  for (; freed < budget && !consumers_.empty(); ++freed) remove_consumer(**consumers_.last());
  return freed;
}

StreamGroup* StreamGroups::find(std::string_view name) const {
  const auto found = groups_.seek(BeforeName<StreamGroup>{name});
  return found && (*found)->name() == name ? *found : nullptr;
}

StreamGroup& StreamGroups::add(std::string_view name, StreamId last_id, int64_t entries_read) {
  DCHECK(find(name) == nullptr);
  void* const block = allocate_counted(named_bytes(sizeof(StreamGroup), name), memory_);
  auto* const group = new (block) StreamGroup(name, memory_);
  group->last_id = last_id;
  group->entries_read = entries_read;
  groups_.insert(group, BeforeName<StreamGroup>{name});
  return *group;
}

void StreamGroups::remove(StreamGroup& group) {
  groups_.erase(BeforeName<StreamGroup>{group.name()});
  const size_t bytes = named_bytes(sizeof group, group.name());
  group.~StreamGroup();
  release_counted(&group, bytes, memory_);
}

void StreamGroups::copy_from(const StreamGroups& other) {
  for (auto from = other.groups_.first(); from; from.next()) {
    const StreamGroup& old = **from;
    StreamGroup& copy = add(old.name(), old.last_id, old.entries_read);
    for (auto consumer = old.consumers_.first(); consumer; consumer.next()) {
      copy.add_consumer((*consumer)->name(), (*consumer)->seen_ms);
    }
    for (auto walk = old.pending_.first(); walk; walk.next()) {
      const StreamPending& pending = **walk;
      StreamConsumer* const owner = copy.find_consumer(pending.consumer->name());
      copy.deliver(pending.id, *owner, pending.delivered_ms).deliveries = pending.deliveries;
    }
  }
}

size_t StreamGroups::discard(size_t budget) {
  size_t freed = 0;
  while (freed < budget && !groups_.empty()) {
    StreamGroup& last = **groups_.last();
    freed += last.discard(budget - freed);
    if (freed >= budget) break;
    remove(last);
    ++freed;
  }
  return freed;
}

}  // namespace corral::types
