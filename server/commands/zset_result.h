// What the slices of sorted-set commands share: members with scores in replies, results that replace a key, and removals.
// Threading: the stripes of the command's keys are held.
// See: README.md of this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "server/dispatch/command_context.h"
#include "server/dispatch/container_edit.h"
#include "server/types/zset_value.h"

namespace corral::commands {

using ZsetEdit = dispatch::ContainerEdit<types::ZsetValue>;

/// What a ZsetValue is made with.
const base::HashSecret& member_secret(dispatch::CommandContext& ctx);

/// Members with scores lie flat behind each other in RESP2, in pairs in RESP3.
class MemberReply {
 public:
  MemberReply(dispatch::CommandContext& ctx, bool with_scores)
      : reply_(ctx.reply()), with_scores_(with_scores) {}
  /// So many members follow.
  void begin(uint64_t members);
  void add(protocol::Bytes member, double score);

 private:
  protocol::ReplyWriter& reply_;
  bool with_scores_;
};

/// The result becomes the value of the key and its size is replied; without members the key goes instead. Publishes `event`,
/// or "del".
void store_result(dispatch::CommandContext& ctx, const dispatch::KeyRef& key,
                  std::unique_ptr<types::ZsetValue> result, std::string_view event);

}  // namespace corral::commands
