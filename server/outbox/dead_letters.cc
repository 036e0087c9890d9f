// Questions as jobs of the writer, large ones in pieces.
// Threading: see dead_letters.h; everything that takes a Store runs on the writer's thread.
// See: README.md of this folder, "Dead letters".
#include "server/outbox/dead_letters.h"

#include <algorithm>
#include <utility>

namespace corral::outbox {
namespace {

constexpr uint32_t kPiece = 256;
constexpr uint64_t kRateMost = 100'000;

base::Error unavailable() {
  return base::Error{"the outbox has failed or is closed"};
}

bool wanted(const DeadQuery& query, const DeadLetter& letter) {
  return (query.origin.empty() || query.origin == letter.queued.record->origin) &&
         (!query.reason || *query.reason == letter.reason);
}

}  // namespace

DeadLetters::DeadLetters(CommitQueue& queue, Overlay& overlay, Meters& meters, const base::Clock& clock,
                         uint64_t limit, OnRedriven on_redriven)
    : queue_(queue),
      overlay_(overlay),
      meters_(meters),
      clock_(clock),
      limit_(limit),
      on_redriven_(std::move(on_redriven)) {}

template <typename T>
void DeadLetters::ask(Answer<T> answer, std::function<base::Result<T>(Store&)> question) {
  const auto shared = std::make_shared<Answer<T>>(std::move(answer));
  const bool taken = queue_.job([shared, question = std::move(question)](Store* store) {
    if (store == nullptr) {
      (*shared)(unavailable());
      return;
    }
    store->begin();
    auto result = question(*store);
    const auto status = store->commit();
    if (!status) {
      (*shared)(base::Error{status.error()});
    } else {
      (*shared)(std::move(result));
    }
  });
  if (!taken) (*shared)(unavailable());
}

void DeadLetters::count(std::string origin, Answer<DeadCount> answer) {
  ask<DeadCount>(std::move(answer),
                 [origin = std::move(origin)](Store& store) { return store.dead().count(origin); });
}

void DeadLetters::list(DeadQuery query, Answer<DeadPage> answer) {
  ask<DeadPage>(std::move(answer),
                [query = std::move(query)](Store& store) { return store.dead().list(query); });
}

void DeadLetters::get(uint64_t seq, Answer<std::optional<DeadLetter>> answer) {
  ask<std::optional<DeadLetter>>(std::move(answer),
                                 [seq](Store& store) { return store.dead().get(seq, true); });
}

void DeadLetters::drop(uint64_t seq, Answer<uint64_t> answer) {
  auto done = [this, answer = std::move(answer)](base::Result<uint64_t> dropped) {
    if (dropped) lost(dropped.value());
    answer(std::move(dropped));
  };
  ask<uint64_t>(std::move(done), [this, seq](Store& store) {
    const uint64_t dropped = store.dead().drop(seq);
    refresh_oldest(store);
    return dropped;
  });
}

void DeadLetters::lost(uint64_t rows) {
  meters_.dead_rows.fetch_sub(rows, std::memory_order_relaxed);
  Meters::add(meters_.dropped, rows);
}

void DeadLetters::purge(DeadQuery query, Answer<uint64_t> answer) {
  const auto state = std::make_shared<Purge>();
  state->query = std::move(query);
  state->query.cursor = 0;
  state->query.count = kPiece;
  state->answer = std::move(answer);
  purge_on(state);
}

void DeadLetters::purge_on(const std::shared_ptr<Purge>& state) {
  const bool taken = queue_.job([this, state](Store* store) {
    auto more = store == nullptr ? unavailable() : purge_some(*store, *state);
    if (!more) {
      state->answer(base::Error{more.error()});
    } else if (more.value()) {
      purge_on(state);
    } else {
      state->answer(state->count);
    }
  });
  if (!taken) state->answer(unavailable());
}

base::Result<bool> DeadLetters::purge_some(Store& store, Purge& state) {
  store.begin();
  uint64_t cursor = 0;
  const uint64_t dropped = store.dead().purge(state.query, cursor);
  refresh_oldest(store);
  if (auto status = store.commit(); !status) return base::Error{status.error()};
  lost(dropped);
  state.count += dropped;
  state.query.cursor = cursor;
  return cursor != 0;
}

void DeadLetters::export_to(std::string path, DeadQuery query, Answer<uint64_t> answer) {
  const auto state = std::make_shared<Export>();
  if (auto status = state->file.create(path); !status) {
    answer(base::Error{status.error()});
    return;
  }
  state->query = std::move(query);
  state->query.cursor = 0;
  state->answer = std::move(answer);
  export_on(state);
}

void DeadLetters::export_on(const std::shared_ptr<Export>& state) {
  const bool taken = queue_.job([this, state](Store* store) {
    auto more = store == nullptr ? unavailable() : export_some(*store, *state);
    if (!more) {
      state->answer(base::Error{more.error()});
    } else if (more.value()) {
      export_on(state);
    } else {
      state->answer(state->count);
    }
  });
  if (!taken) state->answer(unavailable());
}

base::Result<bool> DeadLetters::export_some(Store& store, Export& state) {
  store.begin();
  const auto letters = store.dead().read_on(state.query.cursor, kPiece);
  if (auto status = store.commit(); !status) return base::Error{status.error()};
  for (const DeadLetter& letter : letters) {
    state.query.cursor = letter.queued.record->seq;
    if (!wanted(state.query, letter)) continue;
    if (auto status = state.file.write(letter); !status) return base::Error{status.error()};
    ++state.count;
  }
  if (!letters.empty()) return true;
  if (auto status = state.file.finish(); !status) return base::Error{status.error()};
  return false;
}

void DeadLetters::redrive(uint64_t seq, Answer<Redriven> answer) {
  const auto moved = std::make_shared<Queued>();
  auto done = [this, moved, answer = std::move(answer)](base::Result<Redriven> result) {
    if (result && result.value() == Redriven::kMoved) announce({*moved});
    answer(std::move(result));
  };
  ask<Redriven>(std::move(done), [this, seq, moved](Store& store) {
    if (queue_.room() == 0) return Redriven::kNoRoom;
    const bool dead = store.dead().get(seq, false).value_or(DeadLetter{}).state == DeadState::kDead;
    const Redriven result = store.dead().redrive(seq, clock_.wall_ms(), *moved);
    if (dead && result == Redriven::kSuperseded) Meters::add(meters_.superseded);
    refresh_oldest(store);
    return result;
  });
}

// In the order in which they are in the file: whatever the writer is given later for these keys comes behind.
void DeadLetters::announce(const std::vector<Queued>& moved) {
  meters_.dead_rows.fetch_sub(moved.size(), std::memory_order_relaxed);
  Meters::add(meters_.redriven, moved.size());
  for (const Queued& queued : moved) {
    queue_.occupy(1, bytes_of(*queued.record));
    overlay_.put(queued.record);
    if (on_redriven_) on_redriven_(queued);
  }
}

void DeadLetters::redrive_all(std::string origin, uint64_t rate, Answer<Redrive> answer) {
  if (rate == 0 || rate > kRateMost) {
    answer(base::Error{"a rate is 1 to 100000 records a second"});
    return;
  }
  auto done = [this, answer = std::move(answer)](base::Result<Redrive> redrive) {
    if (redrive) redrives_.put(redrive.value());
    answer(std::move(redrive));
  };
  ask<Redrive>(std::move(done),
               [this, origin = std::move(origin), rate](Store& store) -> base::Result<Redrive> {
                 if (redrives_.has(origin))
                   return base::Error{"a redrive of " + origin + " is under way; cancel it first"};
                 Redrive redrive;
                 redrive.origin = origin;
                 redrive.rate = rate;
                 redrive.until = store.dead().last_seq();
                 store.dead().save(redrive);
                 return redrive;
               });
}

void DeadLetters::cancel(std::string origin, Answer<bool> answer) {
  ask<bool>(std::move(answer), [this, origin = std::move(origin)](Store& store) {
    const bool there = redrives_.has(origin);
    store.dead().forget_redrive(origin);
    redrives_.remove(origin);
    return there;
  });
}

void DeadLetters::tick(int64_t steady_ms) {
  for (const Redrives::Step& due : redrives_.due(steady_ms)) {
    // A step that cannot be done now is tried again at the next tick.
    const bool taken = queue_.job([this, due](Store* store) {
      if (store != nullptr) static_cast<void>(step(*store, due.origin, due.count));
      redrives_.finished(due.origin);
    });
    if (!taken) redrives_.finished(due.origin);
  }
}

base::Status DeadLetters::step(Store& store, const std::string& origin, uint64_t count) {
  count = std::min(count, queue_.room());
  if (count == 0 || !redrives_.has(origin)) return base::Ok{};
  Redrive redrive = redrives_.find(origin);
  const Redrive before = redrive;
  std::vector<Queued> moved;
  store.begin();
  const auto numbers = store.dead().next(redrive, count);
  for (const uint64_t number : numbers) {
    Queued queued;
    const Redriven result = store.dead().redrive(number, clock_.wall_ms(), queued);
    if (result == Redriven::kMoved) moved.push_back(std::move(queued));
    redrive.superseded += result == Redriven::kSuperseded ? 1 : 0;
    redrive.cursor = number;
  }
  redrive.moved += moved.size();
  const bool finished = numbers.size() < count;
  if (finished) {
    store.dead().forget_redrive(origin);
  } else {
    store.dead().save(redrive);
  }
  refresh_oldest(store);
  if (auto status = store.commit(); !status) return status;
  Meters::add(meters_.superseded, redrive.superseded - before.superseded);
  announce(moved);
  if (finished) {
    redrives_.remove(origin);
  } else {
    redrives_.put(redrive);
  }
  return base::Ok{};
}

bool DeadLetters::reserve() {
  if (!has_room()) return false;
  Meters::add(meters_.dead_reserved);
  return true;
}

void DeadLetters::arrived(uint64_t burials, uint64_t rows, Store& store) {
  Meters::add(meters_.dead_rows, rows);
  meters_.dead_reserved.fetch_sub(burials, std::memory_order_relaxed);
  store.begin();
  refresh_oldest(store);
  static_cast<void>(store.commit());
}

void DeadLetters::load(Store& store) {
  meters_.dead_rows.store(store.dead().rows(), std::memory_order_relaxed);
  for (const Redrive& redrive : store.dead().redrives()) {
    if (!redrives_.has(redrive.origin)) redrives_.put(redrive);
  }
  refresh_oldest(store);
}

void DeadLetters::refresh_oldest(Store& store) {
  meters_.dead_oldest_ms.store(store.dead().oldest_ms(), std::memory_order_relaxed);
}

}  // namespace corral::outbox
