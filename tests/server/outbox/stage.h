// What the tests of the outbox share: a folder of their own, clocks that stand still, and waiting for an answer.
// Threading: one test; answers come from the writer's thread.
// See: tests/README.md.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.h"
#include "server/base/hash.h"
#include "server/outbox/after_image.h"
#include "server/outbox/outbox.h"

namespace corral::outbox {

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "corral-outbox-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(std::string_view name = "outbox.db") const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline Record put(std::string key, std::string_view value, std::string origin = "shop") {
  Record record;
  record.epoch = 1;
  record.origin = std::move(origin);
  record.policy = "product";
  record.key = std::move(key);
  record.image = encode_string(value);
  return record;
}

inline const base::HashSecret& test_secret() {
  static const base::HashSecret secret = base::HashSecret::from_seed(7);
  return secret;
}

/// Calls `ask` with a callback and waits for what it is given.
template <typename T, typename Ask>
T wait_for(Ask ask) {
  auto promise = std::make_shared<std::promise<T>>();
  auto future = promise->get_future();
  ask([promise](T value) { promise->set_value(std::move(value)); });
  return future.get();
}

/// Appends and waits; empty: it is durable, else the error or the bound.
inline std::string append_now(Outbox& outbox, Record record, Queued* queued = nullptr, int64_t delay_ms = 0) {
  auto promise = std::make_shared<std::promise<std::string>>();
  auto future = promise->get_future();
  const auto appended = outbox.append(
      std::move(record),
      [promise, queued](const Durable& durable) {
        if (queued != nullptr) *queued = durable.queued;
        promise->set_value(durable.ok ? "" : durable.error);
      },
      delay_ms);
  return appended ? future.get() : name_of(appended.refusal);
}

/// Waits until the writer has written everything that was put in before.
inline void settle_writes(Outbox& outbox) {
  static_cast<void>(
      wait_for<base::Result<DeadCount>>([&](auto answer) { outbox.dead_letters().count("", answer); }));
}

}  // namespace corral::outbox
