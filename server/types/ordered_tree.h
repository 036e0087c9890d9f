// An ordered sequence with ranks: a counted B+-tree of small items.
// Threading: none of its own; belongs to the container that holds it.
// See: README.md of this folder, "Ordered tree".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "server/base/check.h"
#include "server/types/ordered_tree_nodes.h"

namespace corral::types {

/// Items in an order that only the caller knows: it says where by a predicate `before(item)` that is true for the first
/// items and false for all others. Items are copied as bytes and not owned; the pointers in them must stay valid while they
/// are inside. Inserting, erasing, seeking, rank and selection cost O(log n); stepping O(1).
template <typename Item>
class OrderedTree {
  using Nodes = OrderedTreeNodes<Item>;
  using Node = typename Nodes::Node;
  using Leaf = typename Nodes::Leaf;
  using Inner = typename Nodes::Inner;
  static constexpr uint32_t kMaxHeight =
      16;  // an inner node has 8 children or more but for the last ones: 8^16 leaves

 public:
  /// One item, or none behind the last. Valid until the next change of the tree.
  class Cursor {
   public:
    explicit operator bool() const { return leaf_ != nullptr; }
    const Item& operator*() const { return leaf_->items()[index_]; }
    void next() {
      if (++index_ < leaf_->count) return;
      leaf_ = leaf_->next;
      index_ = 0;
    }
    void previous() {
      if (index_-- > 0) return;
      leaf_ = leaf_->previous;
      index_ = leaf_ == nullptr ? 0 : leaf_->count - 1U;
    }

   private:
    friend class OrderedTree;
    Leaf* leaf_ = nullptr;
    uint32_t index_ = 0;
  };

  OrderedTree() = default;
  OrderedTree(OrderedTree&& other) noexcept { swap(other); }
  OrderedTree& operator=(OrderedTree&& other) noexcept {
    OrderedTree moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~OrderedTree() { clear(); }
  void swap(OrderedTree& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(memory_, other.memory_);
  }

  uint64_t size() const { return root_ == nullptr ? 0 : Nodes::total(root_); }
  bool empty() const { return root_ == nullptr; }
  /// Of the nodes. O(1).
  size_t memory_bytes() const { return memory_; }

  Cursor first() const { return at(0); }
  Cursor last() const { return empty() ? Cursor() : at(size() - 1); }
  /// The item of this rank (0 = first); none when there are fewer.
  Cursor at(uint64_t rank) const {
    if (rank >= size()) return {};
    return cursor(path_to(rank));
  }
  /// The first item that is not before; none when all are.
  template <typename Before>
  Cursor seek(const Before& before) const {
    return empty() ? Cursor() : cursor(path_to(before));
  }
  /// How many items are before.
  template <typename Before>
  uint64_t count_before(const Before& before) const {
    return empty() ? 0 : path_to(before).rank;
  }

  /// Puts the item behind all that are before. A new item at the end costs no half-empty node.
  template <typename Before>
  void insert(const Item& item, const Before& before) {
    if (empty()) {
      root_ = Nodes::new_leaf(0, memory_);
      Path path;
      path.leaf = static_cast<Leaf*>(root_);
      insert_at(path, item);
    } else {
      insert_at(path_to(before), item);
    }
  }
  void append(const Item& item) {
    insert(item, [](const Item&) { return true; });
  }
  /// Erases the first item that is not before; there must be one.
  template <typename Before>
  void erase(const Before& before) {
    const Path path = path_to(before);
    if (path.index < path.leaf->count) return erase_at(path);
    CHECK(path.rank < size());
    erase_rank(path.rank);  // the first item of the next leaf
  }
  void erase_rank(uint64_t rank) { erase_at(path_to(rank)); }

  /// Hands every item of the last leaf to `visit` and takes the leaf away; returns how many they were. The way to take
  /// a large tree down in steps.
  template <typename Visit>
  size_t drop_last_leaf(const Visit& visit) {
    if (empty()) return 0;
    const Path path = path_to(size() - 1);
    const size_t count = path.leaf->count;
    for (size_t i = 0; i < count; ++i) visit(path.leaf->items()[i]);
    Nodes::unlink(path.leaf);
    Nodes::release(path.leaf, memory_);
    climb_after_erase(path, nullptr);
    return count;
  }
  void clear() {
    if (root_ != nullptr) Nodes::release_all(root_, memory_);
    root_ = nullptr;
  }

 private:
  struct Path {
    std::array<Inner*, kMaxHeight> inner;
    std::array<uint16_t, kMaxHeight> child;
    uint32_t depth = 0;
    Leaf* leaf = nullptr;
    uint32_t index = 0;
    uint64_t rank = 0;
  };

  static Cursor cursor(const Path& path) {
    Cursor cursor;
    cursor.leaf_ = path.leaf;
    cursor.index_ = path.index;
    if (path.index < path.leaf->count) return cursor;
    cursor.leaf_ = path.leaf->next;
    cursor.index_ = 0;
    return cursor;
  }

  template <typename Before>
  static uint32_t partition(const Item* items, uint32_t count, const Before& before) {
    uint32_t low = 0;
    while (count > 0) {
      const uint32_t half = count / 2;
      if (before(items[low + half])) {
        low += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return low;
  }

  static Node* step_down(Path& path, Inner* inner, uint32_t child) {
    CHECK(path.depth < kMaxHeight);
    path.inner[path.depth] = inner;
    path.child[path.depth++] = static_cast<uint16_t>(child);
    for (uint32_t i = 0; i < child; ++i) path.rank += inner->totals[i];
    return inner->children[child];
  }

  template <typename Before>
  Path path_to(const Before& before) const requires std::is_invocable_v<Before, const Item&> {
    Path path;
    Node* node = root_;
    while (!node->is_leaf) {
      auto* const inner = static_cast<Inner*>(node);
      // The last child whose first item is before: only there can both kinds be.
      const uint32_t behind = partition(inner->firsts, inner->count, before);
      node = step_down(path, inner, behind == 0 ? 0 : behind - 1);
    }
    path.leaf = static_cast<Leaf*>(node);
    path.index = partition(path.leaf->items(), path.leaf->count, before);
    path.rank += path.index;
    return path;
  }

  Path path_to(uint64_t rank) const {
    Path path;
    Node* node = root_;
    uint64_t left = rank;
    while (!node->is_leaf) {
      auto* const inner = static_cast<Inner*>(node);
      uint32_t child = 0;
      while (left >= inner->totals[child]) left -= inner->totals[child++];
      node = step_down(path, inner, child);
    }
    path.leaf = static_cast<Leaf*>(node);
    path.index = static_cast<uint32_t>(left);
    path.rank = rank;
    return path;
  }

  void insert_at(const Path& path, const Item& item) {
    Leaf* leaf = path.leaf;
    Leaf* added = nullptr;
    uint32_t index = path.index;
    bool into_added = false;
    if (leaf->count == Nodes::kLeafItems) {
      // Filling at the end (ids, clones): what is full stays full.
      const bool at_end = index == leaf->count && leaf->next == nullptr;
      const uint32_t keep = at_end ? leaf->count : leaf->count / 2U;
      added = Nodes::split(leaf, keep, memory_);
      leaf = Nodes::fit(leaf, leaf->count, memory_);
      into_added = index > keep || at_end;
      if (into_added) index -= keep;
    }
    Leaf*& target = into_added ? added : leaf;
    target = Nodes::fit(target, target->count + 1U, memory_);
    Nodes::put(target, index, item);
    climb_after_insert(path, leaf, added);
  }

  void climb_after_insert(const Path& path, Node* node, Node* added) {
    for (uint32_t level = path.depth; level-- > 0;) {
      Inner* const inner = path.inner[level];
      const uint32_t child = path.child[level];
      inner->children[child] = node;
      Nodes::refresh(inner, child);
      if (added != nullptr) added = Nodes::add_child(inner, child + 1, added, memory_);
      node = inner;
    }
    root_ = node;
    if (added == nullptr) return;
    Inner* const root = Nodes::new_inner(memory_);
    Nodes::add_child(root, 0, node, memory_);
    Nodes::add_child(root, 1, added, memory_);
    root_ = root;
  }

  void erase_at(const Path& path) {
    Leaf* leaf = path.leaf;
    Nodes::take(leaf, path.index);
    if (leaf->count == 0) {
      Nodes::unlink(leaf);
      Nodes::release(leaf, memory_);
      leaf = nullptr;
    } else {
      leaf = Nodes::fit(leaf, leaf->count, memory_);
    }
    climb_after_erase(path, leaf);
  }

  void climb_after_erase(const Path& path, Node* node) {
    for (uint32_t level = path.depth; level-- > 0;) {
      Inner* const inner = path.inner[level];
      const uint32_t child = path.child[level];
      if (node == nullptr) {
        Nodes::remove_child(inner, child);
      } else {
        inner->children[child] = node;
        Nodes::refresh(inner, child);
        Nodes::merge_small(inner, child, memory_);
      }
      node = inner;
      if (inner->count == 0) {
        Nodes::release(inner, memory_);
        node = nullptr;
      }
    }
    root_ = node;
    while (root_ != nullptr && !root_->is_leaf && root_->count == 1) {
      auto* const inner = static_cast<Inner*>(root_);
      root_ = inner->children[0];
      Nodes::release(inner, memory_);
    }
  }

  Node* root_ = nullptr;
  size_t memory_ = 0;
};

}  // namespace corral::types
