// Replies and results of sorted-set commands.
// Threading: see zset_result.h.
// See: zset_result.h
#include "server/commands/zset_result.h"

namespace corral::commands {

using namespace dispatch;

const base::HashSecret& member_secret(CommandContext& ctx) {
  return ctx.services().keyspace.placement().secret();
}

void MemberReply::begin(uint64_t members) {
  const bool flat = with_scores_ && !reply_.resp3();
  reply_.array(static_cast<int64_t>(flat ? 2 * members : members));
}

void MemberReply::add(protocol::Bytes member, double score) {
  if (with_scores_ && reply_.resp3()) reply_.array(2);
  reply_.bulk(member);
  if (with_scores_) reply_.number(score);
}

void store_result(CommandContext& ctx, const KeyRef& key, std::unique_ptr<types::ZsetValue> result,
                  std::string_view event) {
  const size_t size = result->size();
  if (size > 0) {
    ctx.put_container(key, std::move(result), Expiry::none());
    ctx.notify(config::kZsetEvent, event, key);
  } else if (store::Entry* old = ctx.find(key); old != nullptr) {
    ctx.erase(key, old);
    ctx.notify(config::kGenericEvent, "del", key);
  }
  ctx.reply().integer(static_cast<int64_t>(size));
}

}  // namespace corral::commands
