// COMMAND: what the server can do. DOCS and the keys of a command stand in files of their own.
// Threading: reads constant data only.
// See: README.md of this folder.
#include "server/commands/command.h"

#include <string>

#include "server/base/glob.h"
#include "server/commands/help.h"
#include "server/commands/tables.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using protocol::ReplyWriter;

// --- INFO ---------------------------------------------------------------------------------------------------------

// What no rule finds (SORT's patterns).
void write_unknown(ReplyWriter& reply, const char* part) {
  reply.bulk(part);
  reply.map(2);
  reply.bulk("type");
  reply.bulk("unknown");
  reply.bulk("spec");
  reply.map(0);
}

void write_begin(ReplyWriter& reply, const KeyBegin& begin) {
  reply.bulk("begin_search");
  reply.map(2);
  reply.bulk("type");
  reply.bulk(begin.keyword == nullptr ? "index" : "keyword");
  reply.bulk("spec");
  if (begin.keyword == nullptr) {
    reply.map(1);
    reply.bulk("index");
    reply.integer(begin.position);
    return;
  }
  reply.map(2);
  reply.bulk("keyword");
  reply.bulk(begin.keyword);
  reply.bulk("startfrom");
  reply.integer(begin.position);
}

void write_find(ReplyWriter& reply, const KeyFind& find) {
  struct Field {
    const char* name;
    int value;
  };
  const bool counted = find.kind == KeyFind::Kind::kCounted;
  const Field range[] = {{"lastkey", find.last}, {"keystep", find.step}, {"limit", find.limit}};
  const Field count[] = {{"keynumidx", find.last}, {"firstkey", find.limit}, {"keystep", find.step}};
  reply.bulk("find_keys");
  reply.map(2);
  reply.bulk("type");
  reply.bulk(counted ? "keynum" : "range");
  reply.bulk("spec");
  reply.map(3);
  for (const Field& field : counted ? count : range) {
    reply.bulk(field.name);
    reply.integer(field.value);
  }
}

void write_key_specs(ReplyWriter& reply, std::span<const KeySpecDoc> specs) {
  reply.set(static_cast<int64_t>(specs.size()));
  for (const KeySpecDoc& spec : specs) {
    reply.map(spec.notes != nullptr ? 4 : 3);
    if (spec.notes != nullptr) {
      reply.bulk("notes");
      reply.bulk(spec.notes);
    }
    reply.bulk("flags");
    write_key_flags(reply, spec.flags);
    if (spec.find.kind == KeyFind::Kind::kUnknown) {
      write_unknown(reply, "begin_search");
      write_unknown(reply, "find_keys");
      continue;
    }
    write_begin(reply, spec.begin);
    write_find(reply, spec.find);
  }
}

void write_info(ReplyWriter& reply, const Command& command) {
  const CommandDoc* doc = find_doc(command.full_name);
  const auto flags = flag_names(command.spec->flags);
  const auto categories = acl::category_names(command.acl);
  const KeyRange range = key_range(key_specs(command));
  reply.array(10);
  reply.bulk(command.full_name);
  reply.integer(command.spec->arity);
  reply.set(static_cast<int64_t>(flags.size()));
  for (const std::string_view flag : flags) reply.simple(flag);
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  reply.set(static_cast<int64_t>(categories.size()));
  std::string word;
  for (const std::string_view category : categories) {
    word.assign(1, '@').append(category);
    reply.simple(word);
  }
  const auto tips = doc != nullptr ? doc->tips : std::span<const char* const>();
  reply.set(static_cast<int64_t>(tips.size()));
  for (const char* tip : tips) reply.bulk(tip);
  write_key_specs(reply, key_specs(command));
  reply.set(static_cast<int64_t>(command.subcommands.size()));
  for (const Command& sub : command.subcommands) write_info(reply, sub);
}

// COMMAND
Outcome command_all(CommandContext& ctx) {
  const auto& all = ctx.services().commands.all();
  ctx.reply().array(static_cast<int64_t>(all.size()));
  for (const Command& command : all) write_info(ctx.reply(), command);
  return Outcome::kDone;
}

// COMMAND INFO [command-name [command-name ...]]
Outcome info(CommandContext& ctx) {
  if (ctx.argc() == 2) return command_all(ctx);
  ctx.reply().array(static_cast<int64_t>(ctx.argc() - 2));
  for (size_t i = 2; i < ctx.argc(); ++i) {
    if (const Command* command = ctx.services().commands.find_full(ctx.arg(i))) {
      write_info(ctx.reply(), *command);
    } else {
      ctx.reply().null();
    }
  }
  return Outcome::kDone;
}

// --- LIST ---------------------------------------------------------------------------------------------------------

struct ListFilter {
  enum class By : uint8_t { kNothing, kModule, kCategory, kPattern };
  By by = By::kNothing;
  Bytes value;

  bool chooses(const Command& command) const {
    switch (by) {
      case By::kNothing:
        return true;
      case By::kModule:
        return false;  // there are no modules
      case By::kCategory:
        return (command.acl & acl::category_by_name(value)) != 0;
      case By::kPattern:
        return base::glob_matches(value, command.full_name, true);
    }
    return false;
  }
};

// At argument 2, if it is there. False when it is none.
bool read_filter(CommandContext& ctx, ListFilter& filter) {
  if (ctx.argc() == 2) return true;
  if (ctx.argc() != 5 || !protocol::equals_ignore_case(ctx.arg(2), "filterby")) return false;
  const auto is = [&ctx](Bytes name) { return protocol::equals_ignore_case(ctx.arg(3), name); };
  using By = ListFilter::By;
  filter.by = is("module")    ? By::kModule
              : is("aclcat")  ? By::kCategory
              : is("pattern") ? By::kPattern
                              : By::kNothing;
  filter.value = ctx.arg(4);
  return filter.by != By::kNothing;
}

// COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern]: sub-commands count by themselves.
Outcome list(CommandContext& ctx) {
  ListFilter filter;
  if (!read_filter(ctx, filter)) return ctx.fail(error_text::kSyntax);
  std::vector<const Command*> chosen;
  for (const Command& command : ctx.services().commands.all()) {
    if (filter.chooses(command)) chosen.push_back(&command);
    for (const Command& sub : command.subcommands) {
      if (filter.chooses(sub)) chosen.push_back(&sub);
    }
  }
  ctx.reply().array(static_cast<int64_t>(chosen.size()));
  for (const Command* command : chosen) ctx.reply().bulk(command->full_name);
  return Outcome::kDone;
}

// COMMAND COUNT
Outcome count(CommandContext& ctx) {
  ctx.reply().integer(static_cast<int64_t>(ctx.services().commands.all().size()));
  return Outcome::kDone;
}

// --- the table ----------------------------------------------------------------------------------------------------

Outcome help(CommandContext& ctx) {
  static constexpr Bytes kLines[] = {
      "(no subcommand)",
      "    Describe all commands.",
      "COUNT",
      "    How many commands there are.",
      "DOCS [<command-name> ...]",
      "    What is written of these commands, or of all.",
      "GETKEYS <full-command>",
      "    The keys among the arguments of a command.",
      "GETKEYSANDFLAGS <full-command>",
      "    The keys, and what the command does with each.",
      "INFO [<command-name> ...]",
      "    Describe these commands, or all.",
      "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
      "    The names of commands.",
  };
  return answer_help(ctx, kLines);
}

constexpr uint32_t kFlags = kLoading | kStale;

constexpr CommandSpec kCommand[] = {
    {.name = "count", .arity = 2, .flags = kFlags, .acl = acl::kConnection, .run = count},
    {.name = "docs", .arity = -2, .flags = kFlags, .acl = acl::kConnection, .run = command_docs},
    {.name = "getkeys", .arity = -4, .flags = kFlags, .acl = acl::kConnection, .run = command_getkeys},
    {.name = "getkeysandflags",
     .arity = -4,
     .flags = kFlags,
     .acl = acl::kConnection,
     .run = command_getkeysandflags},
    {.name = "help", .arity = 2, .flags = kFlags, .acl = acl::kConnection, .run = help},
    {.name = "info", .arity = -2, .flags = kFlags, .acl = acl::kConnection, .run = info},
    {.name = "list", .arity = -2, .flags = kFlags, .acl = acl::kConnection, .run = list},
};
static_assert(valid(kCommand));

constexpr CommandSpec kTable[] = {
    {.name = "command",
     .arity = -1,
     .flags = kFlags,
     .acl = acl::kConnection,
     .run = command_all,
     .subcommands = kCommand},
};
static_assert(valid(kTable));

}  // namespace

std::span<const CommandSpec> command_commands() {
  return kTable;
}

}  // namespace corral::commands
