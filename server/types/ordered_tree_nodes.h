// The nodes of an ordered tree: leaves that grow by size classes, inner nodes with totals and first items.
// Threading: see ordered_tree.h.
// See: README.md of this folder, "Ordered tree".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include "server/base/memory.h"
#include "server/base/size_class.h"

namespace corral::types {

/// Operations on nodes. Every function that allocates or frees adds to or takes from `memory` what really changed.
template <typename Item>
struct OrderedTreeNodes {
  static_assert(std::is_trivially_copyable_v<Item> && alignof(Item) <= 8);

  struct Node {
    bool is_leaf;
    uint8_t step = 0;    // of a leaf: index in kLeafBytes
    uint16_t count = 0;  // items or children
  };
  struct Leaf : Node {
    Leaf* previous;
    Leaf* next;
    Item* items() { return reinterpret_cast<Item*>(this + 1); }
  };

  // A leaf is allocated as large as it must be, so that random filling does not leave a third of the memory unused.
  static constexpr uint16_t kLeafBytes[] = {64,  96,  128, 160, 224, 256, 320,
                                            384, 448, 512, 640, 768, 896, 1024};
  static constexpr uint8_t kSteps = sizeof kLeafBytes / sizeof kLeafBytes[0];
  static constexpr uint32_t capacity(uint8_t step) {
    return static_cast<uint32_t>((kLeafBytes[step] - sizeof(Leaf)) / sizeof(Item));
  }
  static constexpr uint32_t kLeafItems = capacity(kSteps - 1);
  static constexpr uint32_t kChildren = 32;

  struct Inner : Node {
    uint64_t total = 0;  // items below
    Node* children[kChildren];
    uint64_t totals[kChildren];
    Item firsts[kChildren];
  };

  static uint64_t total(const Node* node) {
    return node->is_leaf ? node->count : static_cast<const Inner*>(node)->total;
  }
  static const Item& first(Node* node) {
    return node->is_leaf ? static_cast<Leaf*>(node)->items()[0] : static_cast<Inner*>(node)->firsts[0];
  }

  static Leaf* new_leaf(uint8_t step, size_t& memory) {
    auto* const leaf = static_cast<Leaf*>(base::allocate(kLeafBytes[step]));
    leaf->is_leaf = true;
    leaf->step = step;
    leaf->count = 0;
    leaf->previous = nullptr;
    leaf->next = nullptr;
    memory += base::size_class(kLeafBytes[step]);
    return leaf;
  }
  static Inner* new_inner(size_t& memory) {
    auto* const inner = static_cast<Inner*>(base::allocate(sizeof(Inner)));
    inner->is_leaf = false;
    inner->step = 0;
    inner->count = 0;
    inner->total = 0;
    memory += base::size_class(sizeof(Inner));
    return inner;
  }
  static void release(Node* node, size_t& memory) {
    const size_t bytes = node->is_leaf ? kLeafBytes[node->step] : sizeof(Inner);
    memory -= base::size_class(bytes);
    base::release(node, bytes);
  }
  static void release_all(Node* node, size_t& memory) {
    if (!node->is_leaf) {
      auto* const inner = static_cast<Inner*>(node);
      for (uint32_t i = 0; i < inner->count; ++i) release_all(inner->children[i], memory);
    }
    release(node, memory);
  }

  /// The leaf with room for `items`, and not much more: another leaf when the size must change.
  static Leaf* fit(Leaf* leaf, uint32_t items, size_t& memory) {
    const uint32_t room = capacity(leaf->step);
    uint8_t step = 0;
    while (capacity(step) < items) ++step;
    if (items <= room && step + 2 > leaf->step) return leaf;  // one step down waits for the next
    Leaf* const moved = new_leaf(step, memory);
    moved->count = leaf->count;
    std::memcpy(static_cast<void*>(moved->items()), leaf->items(), leaf->count * sizeof(Item));
    moved->previous = leaf->previous;
    moved->next = leaf->next;
    if (moved->previous != nullptr) moved->previous->next = moved;
    if (moved->next != nullptr) moved->next->previous = moved;
    release(leaf, memory);
    return moved;
  }
  static void unlink(Leaf* leaf) {
    if (leaf->previous != nullptr) leaf->previous->next = leaf->next;
    if (leaf->next != nullptr) leaf->next->previous = leaf->previous;
  }
  /// Moves the items from `keep` on to a new leaf behind it.
  static Leaf* split(Leaf* leaf, uint32_t keep, size_t& memory) {
    const uint32_t moved = leaf->count - keep;
    uint8_t step = 0;
    while (capacity(step) < moved) ++step;
    Leaf* const right = new_leaf(step, memory);
    std::memcpy(static_cast<void*>(right->items()), leaf->items() + keep, moved * sizeof(Item));
    right->count = static_cast<uint16_t>(moved);
    leaf->count = static_cast<uint16_t>(keep);
    right->previous = leaf;
    right->next = leaf->next;
    if (right->next != nullptr) right->next->previous = right;
    leaf->next = right;
    return right;
  }
  static void put(Leaf* leaf, uint32_t index, const Item& item) {
    Item* const items = leaf->items();
    std::memmove(static_cast<void*>(items + index + 1), items + index, (leaf->count - index) * sizeof(Item));
    items[index] = item;
    ++leaf->count;
  }
  static void take(Leaf* leaf, uint32_t index) {
    Item* const items = leaf->items();
    --leaf->count;
    std::memmove(static_cast<void*>(items + index), items + index + 1, (leaf->count - index) * sizeof(Item));
  }

  /// After a change below the child.
  static void refresh(Inner* inner, uint32_t child) {
    const uint64_t now = total(inner->children[child]);
    inner->total += now - inner->totals[child];
    inner->totals[child] = now;
    inner->firsts[child] = first(inner->children[child]);
  }
  static void open_gap(Inner* inner, uint32_t at) {
    const uint32_t behind = inner->count - at;
    std::memmove(inner->children + at + 1, inner->children + at, behind * sizeof inner->children[0]);
    std::memmove(inner->totals + at + 1, inner->totals + at, behind * sizeof inner->totals[0]);
    std::memmove(static_cast<void*>(inner->firsts + at + 1), inner->firsts + at, behind * sizeof(Item));
    ++inner->count;
  }
  static void remove_child(Inner* inner, uint32_t at) {
    inner->total -= inner->totals[at];
    --inner->count;
    const uint32_t behind = inner->count - at;
    std::memmove(inner->children + at, inner->children + at + 1, behind * sizeof inner->children[0]);
    std::memmove(inner->totals + at, inner->totals + at + 1, behind * sizeof inner->totals[0]);
    std::memmove(static_cast<void*>(inner->firsts + at), inner->firsts + at + 1, behind * sizeof(Item));
  }
  /// Moves the children from `keep` on to the end of `to`.
  static void move_children(Inner* inner, uint32_t keep, Inner* to) {
    const uint32_t moved = inner->count - keep;
    std::memcpy(to->children + to->count, inner->children + keep, moved * sizeof inner->children[0]);
    std::memcpy(to->totals + to->count, inner->totals + keep, moved * sizeof inner->totals[0]);
    std::memcpy(static_cast<void*>(to->firsts + to->count), inner->firsts + keep, moved * sizeof(Item));
    for (uint32_t i = keep; i < inner->count; ++i) {
      inner->total -= inner->totals[i];
      to->total += inner->totals[i];
    }
    to->count = static_cast<uint16_t>(to->count + moved);
    inner->count = static_cast<uint16_t>(keep);
  }
  /// Returns the new right half when there was no room.
  static Inner* add_child(Inner* inner, uint32_t at, Node* child, size_t& memory) {
    Inner* right = nullptr;
    if (inner->count == kChildren) {
      const uint32_t keep =
          at == kChildren ? kChildren - 1 : kChildren / 2;  // filling at the end leaves full nodes
      right = new_inner(memory);
      move_children(inner, keep, right);
      if (at > keep) {
        inner = right;
        at -= keep;
      }
    }
    open_gap(inner, at);
    inner->children[at] = child;
    inner->totals[at] = 0;
    refresh(inner, at);
    return right;
  }

  /// Puts a child that has become small together with a neighbour when both fit in one node.
  static void merge_small(Inner* inner, uint32_t child, size_t& memory) {
    const Node* const node = inner->children[child];
    if (node->count >= (node->is_leaf ? kLeafItems : kChildren) / 4) return;
    if (child > 0 && merge(inner, child - 1, memory)) return;
    if (child + 1 < inner->count) merge(inner, child, memory);
  }
  static bool merge(Inner* inner, uint32_t at, size_t& memory) {
    Node* const left = inner->children[at];
    Node* const right = inner->children[at + 1];
    const uint32_t both = left->count + right->count;
    if (both > (left->is_leaf ? kLeafItems : kChildren)) return false;
    if (left->is_leaf) {
      Leaf* const joined = fit(static_cast<Leaf*>(left), both, memory);
      auto* const rest = static_cast<Leaf*>(right);
      std::memcpy(static_cast<void*>(joined->items() + joined->count), rest->items(),
                  rest->count * sizeof(Item));
      joined->count = static_cast<uint16_t>(both);
      unlink(rest);
      inner->children[at] = joined;
    } else {
      move_children(static_cast<Inner*>(right), 0, static_cast<Inner*>(left));
    }
    release(right, memory);
    remove_child(inner, at + 1);
    refresh(inner, at);
    return true;
  }
};

}  // namespace corral::types
