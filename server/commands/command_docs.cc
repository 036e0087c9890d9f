// COMMAND DOCS: what is written of each command, as maps within maps.
// Threading: reads constant data only.
// See: docs.h, which has the facts.
#include <bit>

#include "server/commands/command.h"

namespace corral::commands {
namespace {

using namespace dispatch;
using protocol::ReplyWriter;

// A map of some of the possible fields is counted first and written afterwards by the same calls: field() tells
// whether there is anything to write, and in the first pass only counts.
class Fields {
 public:
  explicit Fields(ReplyWriter* reply) : reply_(reply) {}

  bool field(const char* name, bool exists) {
    if (!exists) return false;
    ++count_;
    if (reply_ == nullptr) return false;
    reply_->bulk(name);
    return true;
  }
  void text(const char* name, const char* value) {
    if (field(name, value != nullptr)) reply_->bulk(value);
  }
  int64_t count() const { return count_; }

 private:
  ReplyWriter* reply_;
  int64_t count_ = 0;
};

template <typename Visit>
void write_map(ReplyWriter& reply, Visit visit) {
  Fields counted(nullptr);
  visit(counted);
  reply.map(counted.count());
  Fields written(&reply);
  visit(written);
}

template <size_t kCount>
void write_flags(ReplyWriter& reply, unsigned flags, const char* const (&words)[kCount]) {
  reply.set(std::popcount(flags));
  for (size_t bit = 0; bit < kCount; ++bit) {
    if ((flags >> bit & 1) != 0) reply.simple(words[bit]);
  }
}

void write_arguments(ReplyWriter& reply, std::span<const ArgumentDoc> arguments) {
  static constexpr const char* kWords[] = {"optional", "multiple", "multiple_token"};
  reply.array(static_cast<int64_t>(arguments.size()));
  for (const ArgumentDoc& argument : arguments) {
    write_map(reply, [&](Fields& fields) {
      fields.text("name", argument.name);
      fields.text("type", argument.type);
      if (fields.field("key_spec_index", argument.key_spec_index >= 0))
        reply.integer(argument.key_spec_index);
      fields.text("token", argument.token);
      fields.text("since", argument.since);
      fields.text("deprecated_since", argument.deprecated_since);
      if (fields.field("flags", argument.flags != 0)) write_flags(reply, argument.flags, kWords);
      if (fields.field("arguments", !argument.children.empty())) write_arguments(reply, argument.children);
    });
  }
}

void write_history(ReplyWriter& reply, std::span<const ChangeDoc> history) {
  reply.set(static_cast<int64_t>(history.size()));
  for (const ChangeDoc& change : history) {
    reply.array(2);
    reply.bulk(change.version);
    reply.bulk(change.text);
  }
}

struct Documented {
  const Command* command;
  const CommandDoc* doc;
};

void append_documented(const Command& command, std::vector<Documented>& out) {
  if (const CommandDoc* doc = find_doc(command.full_name)) out.push_back({&command, doc});
}

void write_doc(ReplyWriter& reply, const Documented& documented);

void write_docs(ReplyWriter& reply, std::span<const Documented> all) {
  reply.map(static_cast<int64_t>(all.size()));
  for (const Documented& documented : all) {
    reply.bulk(documented.command->full_name);
    write_doc(reply, documented);
  }
}

void write_doc(ReplyWriter& reply, const Documented& documented) {
  static constexpr const char* kWords[] = {"deprecated", "syscmd"};
  const CommandDoc& doc = *documented.doc;
  std::vector<Documented> subcommands;
  for (const Command& sub : documented.command->subcommands) append_documented(sub, subcommands);
  write_map(reply, [&](Fields& fields) {
    fields.text("summary", doc.summary);
    fields.text("since", doc.since);
    fields.text("group", doc.group);
    fields.text("complexity", doc.complexity);
    if (fields.field("doc_flags", doc.flags != 0)) write_flags(reply, doc.flags, kWords);
    fields.text("deprecated_since", doc.deprecated_since);
    fields.text("replaced_by", doc.replaced_by);
    if (fields.field("history", !doc.history.empty())) write_history(reply, doc.history);
    if (fields.field("arguments", !doc.arguments.empty())) write_arguments(reply, doc.arguments);
    if (fields.field("subcommands", !subcommands.empty())) write_docs(reply, subcommands);
  });
}

}  // namespace

// COMMAND DOCS [command-name [command-name ...]]: unknown names are left out.
Outcome command_docs(CommandContext& ctx) {
  std::vector<Documented> wanted;
  const CommandTable& table = ctx.services().commands;
  if (ctx.argc() == 2) {
    for (const Command& command : table.all()) append_documented(command, wanted);
  }
  for (size_t i = 2; i < ctx.argc(); ++i) {
    if (const Command* command = table.find_full(ctx.arg(i))) append_documented(*command, wanted);
  }
  write_docs(ctx.reply(), wanted);
  return Outcome::kDone;
}

}  // namespace corral::commands
