// A list, set, sorted set or hash under change by one command: made when missing, gone when empty, always accounted.
// Threading: as CommandContext: the key's stripe is held.
// See: README.md of this folder, "A command".
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "server/dispatch/command_context.h"

namespace corral::dispatch {

/// The class of the keyspace events that commands on a type publish.
constexpr config::EventClass event_class_of(types::ValueType type) {
  switch (type) {
    case types::ValueType::kString:
      return config::kStringEvent;
    case types::ValueType::kList:
      return config::kListEvent;
    case types::ValueType::kSet:
      return config::kSetEvent;
    case types::ValueType::kZset:
      return config::kZsetEvent;
    case types::ValueType::kHash:
      return config::kHashEvent;
    case types::ValueType::kStream:
      return config::kStreamEvent;
  }
  return config::kGenericEvent;
}

/// Usage: `ContainerEdit<types::ListValue> list(ctx, key); if (list.refused()) return Outcome::kDone;`, then change
/// `*list` or `list.make()`, then `list.finish(changes)`. An entry's address found before finish() is void after it.
template <typename T>
class ContainerEdit {
 public:
  /// `counts`: the look-up adds to keyspace_hits/misses, as those commands do that Redis takes for readers first.
  ContainerEdit(CommandContext& ctx, const KeyRef& key, bool counts = false)
      : ctx_(ctx), key_(key), entry_(ctx.find(key, counts)) {
    value_ = static_cast<T*>(ctx.typed(entry_, T::kType));
    refused_ = entry_ != nullptr && value_ == nullptr;
    if (value_ != nullptr) bytes_before_ = value_->memory_bytes();
  }
  ContainerEdit(const ContainerEdit&) = delete;
  ContainerEdit& operator=(const ContainerEdit&) = delete;
  /// A change that was begun and not finished (an error in the middle) is still accounted.
  ~ContainerEdit() {
    if (entry_ != nullptr && value_ != nullptr) ctx_.container_changed(key_, entry_, bytes_before_, 0);
  }

  /// The key holds another type; the error is written (when serving a blocked client: nothing is).
  bool refused() const { return refused_; }
  /// The container is in the store, or was made by make().
  explicit operator bool() const { return value_ != nullptr; }
  bool existed() const { return entry_ != nullptr; }
  T* operator->() { return value_; }
  T& operator*() { return *value_; }
  /// The container, a new one when the key is missing. `arguments` go to the constructor.
  template <typename... Arguments>
  T& make(Arguments&&... arguments) {
    if (value_ == nullptr) {
      fresh_ = std::make_unique<T>(std::forward<Arguments>(arguments)...);
      value_ = fresh_.get();
    }
    return *value_;
  }
  /// The change is done: a new container comes into existence unless it is empty, an empty one goes with its key; watchers,
  /// waiting readers and blocked clients are told. `changes` is what dirty counts; 0: nothing was changed after all.
  void finish(int64_t changes) {
    if (fresh_ != nullptr) {
      value_ = nullptr;
      if (changes > 0 && (fresh_->size() > 0 || T::kType == types::ValueType::kStream)) {
        ctx_.put_container(key_, std::move(fresh_), Expiry::none());
      }
      fresh_.reset();
      return;
    }
    if (entry_ == nullptr) return;
    ctx_.container_changed(key_, std::exchange(entry_, nullptr), bytes_before_, changes);
    value_ = nullptr;
  }

  /// finish() of a container that lost `removed` (> 0) elements: publishes `event`, then "del" if none is left.
  void finish_removal(int64_t removed, std::string_view event) {
    const bool gone = value_->size() == 0;
    finish(removed);
    ctx_.notify(event_class_of(T::kType), event, key_);
    if (gone) ctx_.notify(config::kGenericEvent, "del", key_);
  }

 private:
  CommandContext& ctx_;
  KeyRef key_;
  store::Entry* entry_;
  T* value_ = nullptr;
  std::unique_ptr<T> fresh_;
  size_t bytes_before_ = 0;
  bool refused_ = false;
};

}  // namespace corral::dispatch
