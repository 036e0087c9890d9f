// Random programs: single commands, pipelines, transactions with watches, connections that end.
// Threading: one thread at a time.
// See: README.md of this folder.
#include "tests/differential/generator.h"

#include <algorithm>
#include <utility>

#include "tests/differential/tolerance.h"

namespace corral::differential {
namespace {

// How often, of 100.
constexpr uint64_t kDamaged = 20;
constexpr uint64_t kDamagedInTransaction = 4;  // one that is refused takes the whole EXEC with it
constexpr uint64_t kTransactions = 8;
constexpr uint64_t kDisposables = 2;
constexpr uint64_t kAwaits = 1;
constexpr uint64_t kPipelines = 25;
constexpr uint64_t kInScripts = 8;

Step pipeline(int connection, std::vector<Command> commands) {
  Step step;
  step.connection = connection;
  step.commands = std::move(commands);
  return step;
}

}  // namespace

Generator::Generator(uint64_t seed, std::span<const std::string> without) : random_(seed) {
  for (const auto& family : command_rows()) {
    for (const CommandRow& row : family) {
      const auto starts_row = [&row](const std::string& words) { return row.pattern.starts_with(words); };
      if (std::ranges::any_of(without, starts_row)) continue;
      rows_.push_back({&row, Pattern(row.pattern), total_weight_});
      total_weight_ += row.weight;
    }
  }
}

Program Generator::make_program(size_t commands) {
  Program program;
  arguments_ = Arguments();
  for (int i = 0; i < kConnections; ++i) program.protocols.push_back(random_.below(2) == 0 ? 2 : 3);
  for (size_t made = 0; made < commands; made = program.command_count()) {
    const int connection = static_cast<int>(random_.below(kConnections));
    uint64_t dice = random_.below(100);
    const auto falls_on = [&dice](uint64_t share) {
      const bool hit = dice < share;
      dice -= share;
      return hit;
    };
    if (falls_on(kTransactions)) {
      add_transaction(program, connection);
    } else if (falls_on(kDisposables)) {
      add_disposable(program);
    } else if (falls_on(kAwaits)) {
      add_await_expiry(program, connection);
    } else if (falls_on(kPipelines)) {
      add_pipeline(program, connection, 16);
    } else {
      add_pipeline(program, connection, 1);
    }
  }
  return program;
}

const Generator::Row& Generator::pick_row() {
  const uint64_t dice = random_.below(total_weight_);
  const auto after = std::ranges::upper_bound(rows_, dice, {}, &Row::weight_before);
  return *std::prev(after);
}

void Generator::expand_row(const Row& row, Command& out) {
  row.pattern.expand(random_, arguments_, out);
  // `anycommand` stands for a whole command, which the arguments' pools cannot make.
  if (out.back() != Arguments::kAnyCommand) return;
  out.pop_back();
  const Row* inner = &pick_row();
  while (inner->row->flags & kNoDamage) inner = &pick_row();
  Command words;
  inner->pattern.expand(random_, arguments_, words);
  if (random_.below(4) == 0) damage(words, inner->row->flags);
  out.insert(out.end(), words.begin(), words.end());
}

void Generator::damage(Command& command, uint8_t flags) {
  const size_t at = random_.below(command.size());
  // A time may become no number, but no other number.
  const bool is_timed = (flags & kTimed) != 0;
  switch (random_.below(is_timed ? 3 : 7)) {
    case 0:
      command.push_back(is_timed ? "FOO" : arguments_.junk(random_));
      return;
    case 1:
      if (command.size() > 1) command.pop_back();
      return;
    case 2:
      if (at > 0 && is_timed) {
        command[at] += 'x';
      } else if (at > 0) {
        command[at] = arguments_.junk(random_);
      }
      return;
    case 3:
      if (at > 0) command.erase(command.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    case 4:
      command.insert(command.begin() + static_cast<std::ptrdiff_t>(at), Command{command}[at]);
      return;
    case 5:
      if (at > 0) std::swap(command[at], command[1 + random_.below(command.size() - 1)]);
      return;
    default:
      command[0] += 'x';
      return;
  }
}

void Generator::add_command(std::vector<Command>& out, uint64_t damaged, uint8_t needed_flags) {
  const Row* row = &pick_row();
  while ((row->row->flags & needed_flags) != needed_flags) row = &pick_row();
  const uint8_t flags = row->row->flags;
  Command command;
  expand_row(*row, command);
  if ((flags & kNoDamage) == 0 && random_.below(100) < damaged) damage(command, flags);
  // Bytes are compared there, and damage may have made of it what has words of each server's own (HELP).
  if ((needed_flags & kAnyConnection) != 0 && find_tolerance(command) != nullptr) command = {"PING"};
  Command read_after;
  if ((flags & kReadsAfter) != 0 && command.size() > 1) read_after = {"EXISTS", command[1]};
  if (random_.below(100) < kInScripts && find_tolerance(command) == nullptr) put_in_script(command);
  out.push_back(std::move(command));
  if (!read_after.empty()) out.push_back(std::move(read_after));
}

// The command as a script: its words as arguments, or its first argument as a declared key.
void Generator::put_in_script(Command& command) {
  static constexpr const char* kScripts[] = {
      "return redis.call(unpack(ARGV))",
      "return redis.pcall(unpack(ARGV))",
      "redis.setresp(3) return redis.call(unpack(ARGV))",
      "local ok, e = pcall(redis.call, unpack(ARGV)) return {tostring(ok), e}",
  };
  static constexpr const char* kWithKey[] = {
      "return redis.call(ARGV[1], KEYS[1], unpack(ARGV, 2))",
      "return {redis.pcall(ARGV[1], KEYS[1], unpack(ARGV, 2)), redis.call('EXISTS', KEYS[1])}",
  };
  Command script = {random_.below(8) == 0 ? "EVAL_RO" : "EVAL"};
  if (command.size() > 1 && random_.below(2) == 0) {
    script.insert(script.end(), {kWithKey[random_.below(2)], "1", command[1], command[0]});
    script.insert(script.end(), command.begin() + 2, command.end());
  } else {
    size_t which = random_.below(4);
    // A set of status replies is a table keyed by tables: its order is that of their addresses, in redis-server too.
    if (which == 2 && verb_of(command) == "COMMAND") which = 0;
    script.insert(script.end(), {kScripts[which], "0"});
    script.insert(script.end(), command.begin(), command.end());
  }
  command = std::move(script);
}

void Generator::add_pipeline(Program& program, int connection, size_t most) {
  const size_t commands = 1 + random_.below(most);
  Step step = pipeline(connection, {});
  while (step.commands.size() < commands) add_command(step.commands, kDamaged);
  step.is_whole = most == 1;
  program.steps.push_back(std::move(step));
}

// [WATCH, somebody else's commands,] MULTI, commands, EXEC: in one write or in several.
void Generator::add_transaction(Program& program, int connection) {
  const bool is_one_write = random_.below(2) == 0;
  Step step = pipeline(connection, {});
  const auto next_part = [&] {
    if (is_one_write || step.commands.empty()) return;
    program.steps.push_back(std::exchange(step, pipeline(connection, {})));
  };
  if (random_.below(2) == 0) {
    Command watch = {"WATCH"};
    for (uint64_t keys = 1 + random_.below(3); keys > 0; --keys) watch.push_back(arguments_.key(random_));
    step.commands.push_back(std::move(watch));
    next_part();
    if (!is_one_write && random_.below(2) == 0) {
      add_pipeline(program, static_cast<int>(random_.below(kConnections)), 4);
    }
  }
  step.commands.push_back({"MULTI"});
  for (uint64_t commands = random_.below(7); commands > 0; --commands) {
    add_command(step.commands, kDamagedInTransaction);
    next_part();
  }
  step.commands.push_back({random_.below(8) == 0 ? "DISCARD" : "EXEC"});
  program.steps.push_back(std::move(step));
}

void Generator::add_disposable(Program& program) {
  Step step;
  step.kind = Step::Kind::kDisposable;
  if (random_.below(2) == 0) step.raw = raw_requests()[random_.below(raw_requests().size())];
  for (uint64_t commands = random_.below(5); commands > 0; --commands) {
    if (random_.below(4) == 0) {
      static constexpr const char* kModes[] = {"ON", "OFF", "SKIP", "FOO"};
      step.commands.push_back({"CLIENT", "REPLY", kModes[random_.below(4)]});
    }
    add_command(step.commands, kDamaged, kAnyConnection);
  }
  program.steps.push_back(std::move(step));
}

void Generator::add_await_expiry(Program& program, int connection) {
  Step step = pipeline(connection, {});
  step.kind = Step::Kind::kAwaitExpiry;
  step.is_whole = true;
  const std::string key = arguments_.key(random_);
  switch (random_.below(4)) {
    case 0:
      step.commands.push_back({"PSETEX", key, "1", "short"});
      break;
    case 1:
      step.commands.push_back({"SET", key, "short", "PX", "1"});
      break;
    case 2:
      step.commands = {{"SET", key, "short"}, {"PEXPIRE", key, "1"}};
      break;
    default:
      step.commands = {{"SET", key, "short", "KEEPTTL"}, {"GETEX", key, "PX", "1"}};
      break;
  }
  step.keys.push_back(key);
  program.steps.push_back(std::move(step));
}

}  // namespace corral::differential
