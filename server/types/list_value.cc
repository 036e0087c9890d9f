// Keeping nodes within their limit: filling, splitting, merging.
// Threading: see value.h.
// See: list_value.h.
#include "server/types/list_value.h"

#include <algorithm>
#include <new>
#include <string>

#include "server/base/check.h"
#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {

struct ListValue::Node {
  Node* previous = nullptr;
  Node* next = nullptr;
  PackedList elements;
};

namespace {

constexpr size_t kSafeBytes = 8192;  // Redis' bound for nodes that are limited by count

constexpr size_t kNodeBytes = 32;  // a size class

// list-max-listpack-size: -1 … -5 for 4 … 64 KiB a node, or a number of elements.
bool within_limit(size_t bytes, size_t elements, const Thresholds& thresholds) {
  const int64_t limit = thresholds.list_max_listpack_size;
  const size_t block = PackedList::kBlockHeader + bytes;
  if (limit < 0) return block <= size_t{4096} << (std::min<int64_t>(-limit, 5) - 1);
  return block <= kSafeBytes && elements <= static_cast<uint64_t>(limit);
}

bool has_room(const ListValue::Node* node, const PackedElement& element, const Thresholds& thresholds) {
  if (node == nullptr) return false;
  const PackedList& list = node->elements;
  return within_limit(list.bytes() + PackedList::stored_size(element), list.count() + 1, thresholds);
}

}  // namespace

// Every change of a node's elements goes through here, so that count and memory stay true.
template <typename Change>
auto ListValue::change(Node* node, Change apply) {
  struct Account {
    ListValue& list;
    PackedList& elements;
    size_t count = elements.count();
    size_t bytes = elements.memory_bytes();
    ~Account() {
      list.size_ += elements.count() - count;
      list.nodes_bytes_ += elements.memory_bytes() - bytes;
    }
  } account{*this, node->elements};
  return apply(node->elements);
}

static_assert(sizeof(ListValue::Node) == kNodeBytes);

ListValue::~ListValue() {
  discard(SIZE_MAX);
}

size_t ListValue::memory_bytes() const {
  return base::size_class(sizeof(ListValue)) + nodes_bytes_;
}

std::unique_ptr<Value> ListValue::clone() const {
  auto copy = std::make_unique<ListValue>();
  for (const Node* node = head_; node != nullptr; node = node->next) {
    Node* const into = copy->link_after(copy->tail_);
    copy->change(into, [&](PackedList& list) { list.append_all(node->elements); });
  }
  return copy;
}

size_t ListValue::discard(size_t budget) {
  size_t freed = 0;
  while (head_ != nullptr && freed < budget) {
    freed += head_->elements.count();
    unlink(head_);
  }
  return freed;
}

ListValue::Node* ListValue::link_after(Node* node) {
  Node* const added = new (base::allocate(sizeof(Node))) Node;
  added->previous = node;
  added->next = node == nullptr ? head_ : node->next;
  (added->previous == nullptr ? head_ : added->previous->next) = added;
  (added->next == nullptr ? tail_ : added->next->previous) = added;
  nodes_bytes_ += kNodeBytes;
  return added;
}

void ListValue::unlink(Node* node) {
  (node->previous == nullptr ? head_ : node->previous->next) = node->next;
  (node->next == nullptr ? tail_ : node->next->previous) = node->previous;
  size_ -= node->elements.count();
  nodes_bytes_ -= kNodeBytes + node->elements.memory_bytes();
  node->~Node();
  base::release(node, sizeof(Node));
}

void ListValue::push(End end, const PackedElement& element, const Thresholds& thresholds) {
  Node* node = end == End::kHead ? head_ : tail_;
  if (!has_room(node, element, thresholds)) node = link_after(end == End::kHead ? nullptr : tail_);
  change(node, [&](PackedList& list) { end == End::kHead ? list.prepend(element) : list.append(element); });
}

void ListValue::drop(End end) {
  erase(at(end == End::kHead ? 0 : -1));
}

void ListValue::move(ListValue& from, End from_end, ListValue& to, End to_end, const Thresholds& thresholds) {
  PackedElement element = from.peek(from_end);
  std::string copy;
  if (&from == &to && !element.is_number()) {
    PackedElement::Buffer unused;
    copy = element.text(unused);
    element = PackedElement::of(copy);
  }
  to.push(to_end, element, thresholds);
  from.drop(from_end);
}

ListValue::Place ListValue::at(int64_t index) const {
  const auto size = static_cast<int64_t>(size_);
  if (index < 0) index += size;
  if (index < 0 || index >= size) return {};
  if (index < size / 2) {
    Node* node = head_;
    for (; index >= node->elements.count(); node = node->next) index -= node->elements.count();
    return {node, node->elements.at(index)};
  }
  int64_t from_end = size - index;  // 1 is the last
  Node* node = tail_;
  for (; from_end > node->elements.count(); node = node->previous) from_end -= node->elements.count();
  return {node, node->elements.at(-from_end)};
}

ListValue::Place ListValue::next(Place place) const {
  const auto position = place.node->elements.next(place.position);
  if (position != PackedList::kNone) return {place.node, position};
  Node* const node = place.node->next;
  return node == nullptr ? Place{} : Place{node, node->elements.first()};
}

ListValue::Place ListValue::previous(Place place) const {
  const auto position = place.node->elements.previous(place.position);
  if (position != PackedList::kNone) return {place.node, position};
  Node* const node = place.node->previous;
  return node == nullptr ? Place{} : Place{node, node->elements.last()};
}

PackedElement ListValue::get(Place place) const {
  return place.node->elements.get(place.position);
}

bool ListValue::equals(Place place, const PackedElement& element) const {
  return place.node->elements.equals(place.position, element);
}

void ListValue::insert_before(Place place, const PackedElement& element, const Thresholds& thresholds) {
  Node* const node = place.node;
  const auto append = [&](Node* into) { change(into, [&](PackedList& list) { list.append(element); }); };
  if (has_room(node, element, thresholds)) {
    change(node, [&](PackedList& list) { list.insert(place.position, element); });
    return;
  }
  if (place.position == node->elements.first()) {
    append(has_room(node->previous, element, thresholds) ? node->previous : link_after(node->previous));
    return;
  }
  PackedList rest = change(node, [&](PackedList& list) { return list.split(place.position); });
  Node* const behind = link_after(node);
  change(behind, [&](PackedList& list) { list.swap(rest); });
  append(has_room(node, element, thresholds) ? node : link_after(node));
  merge_with_next(behind, thresholds);
  if (node->previous != nullptr) merge_with_next(node->previous, thresholds);
}

void ListValue::insert_after(Place place, const PackedElement& element, const Thresholds& thresholds) {
  const Place behind = next(place);
  if (!behind) return push(End::kTail, element, thresholds);
  // At a border the room in front is used first: insert_before() would look into the node behind first.
  if (behind.node != place.node && has_room(place.node, element, thresholds)) {
    change(place.node, [&](PackedList& list) { list.append(element); });
    return;
  }
  insert_before(behind, element, thresholds);
}

void ListValue::replace(Place place, const PackedElement& element, const Thresholds& thresholds) {
  const PackedList& list = place.node->elements;
  const size_t bytes =
      list.bytes() - PackedList::stored_size(list.get(place.position)) + PackedList::stored_size(element);
  if (list.count() == 1 || within_limit(bytes, list.count(), thresholds)) {
    change(place.node, [&](PackedList& elements) { elements.replace(place.position, element); });
    return;
  }
  const Place behind = erase(place);
  behind ? insert_before(behind, element, thresholds) : push(End::kTail, element, thresholds);
}

ListValue::Place ListValue::erase(Place place) {
  Node* const node = place.node;
  Node* const behind = node->next;
  const auto position = change(node, [&](PackedList& list) { return list.erase(place.position); });
  if (node->elements.empty()) unlink(node);
  if (position != PackedList::kNone) return {node, position};
  return behind == nullptr ? Place{} : Place{behind, behind->elements.first()};
}

void ListValue::erase_range(size_t index, size_t count) {
  if (index >= size_) return;
  count = std::min(count, size_ - index);
  Place place = at(static_cast<int64_t>(index));
  while (count > 0) {
    Node* const node = place.node;
    Node* const behind = node->next;
    const size_t here = node->elements.count();
    if (place.position == node->elements.first() && here <= count) {
      unlink(node);
      count -= here;
    } else {
      const auto most = static_cast<uint32_t>(std::min<size_t>(count, here));
      change(node, [&](PackedList& list) { list.erase(place.position, most); });
      count -= here - node->elements.count();
    }
    if (count > 0) place = {behind, behind->elements.first()};
  }
}

void ListValue::trim(size_t index, size_t count) {
  const size_t end = index + std::min(count, size_ - std::min(index, size_));
  erase_range(end, size_);
  erase_range(0, index);
}

size_t ListValue::remove(const PackedElement& element, size_t most, End from) {
  size_t removed = 0;
  Place place = at(from == End::kHead ? 0 : -1);
  while (place && removed < most) {
    if (from == End::kTail) {
      const Place before = previous(place);
      if (equals(place, element)) {
        erase(place);
        ++removed;
      }
      place = before;
      continue;
    }
    // Forwards the packed list finds the next one by itself.
    Node* const node = place.node;
    const auto found = node->elements.find(element, place.position);
    if (found == PackedList::kNone) {
      place = node->next == nullptr ? Place{} : Place{node->next, node->next->elements.first()};
    } else {
      place = erase({node, found});
      ++removed;
    }
  }
  return removed;
}

bool ListValue::merge_with_next(Node* node, const Thresholds& thresholds) {
  Node* const behind = node->next;
  if (behind == nullptr) return false;
  const PackedList& first = node->elements;
  const PackedList& second = behind->elements;
  if (!within_limit(size_t{first.bytes()} + second.bytes(), size_t{first.count()} + second.count(),
                    thresholds)) {
    return false;
  }
  change(node, [&](PackedList& list) { list.append_all(second); });
  unlink(behind);
  return true;
}

}  // namespace corral::types
