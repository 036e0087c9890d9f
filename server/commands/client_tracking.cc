// CLIENT TRACKING TRACKINGINFO CACHING GETREDIR: connections that keep what they read and want to be told when it changes.
// Threading: the connection's worker; TRACKING takes one stripe after the other.
// See: client.h; server/pubsub/README.md, "Tracking".
#include <string>
#include <vector>

#include "server/commands/client.h"
#include "server/dispatch/tracking.h"

namespace corral::commands {
namespace {

using namespace dispatch;
namespace error_text = protocol::error_text;
using session::TrackingState;

struct TrackingOptions {
  TrackingState state;
  std::vector<std::string> prefixes;  // as given
};

bool refuse(CommandContext& ctx, Bytes text) {
  ctx.fail(text);
  return false;
}

bool read_redirect(CommandContext& ctx, size_t at, TrackingState& out) {
  if (out.redirect != 0) return refuse(ctx, "ERR A client can only redirect to a single other client");
  int64_t client = 0;
  if (!ctx.integer(at, client)) return false;
  if (ctx.services().clients.find(static_cast<uint64_t>(client)) == nullptr) {
    return refuse(ctx, "ERR The client ID you want redirect to does not exist");
  }
  out.redirect = static_cast<uint64_t>(client);
  return true;
}

bool read_options(CommandContext& ctx, TrackingOptions& out) {
  for (size_t i = 3; i < ctx.argc(); ++i) {
    const bool more = i + 1 < ctx.argc();
    const auto is = [&](Bytes word) { return protocol::equals_ignore_case(ctx.arg(i), word); };
    if (is("redirect") && more) {
      if (!read_redirect(ctx, ++i, out.state)) return false;
    } else if (is("bcast")) {
      out.state.broadcast = true;
    } else if (is("optin")) {
      out.state.opt_in = true;
    } else if (is("optout")) {
      out.state.opt_out = true;
    } else if (is("noloop")) {
      out.state.no_loop = true;
    } else if (is("prefix") && more) {
      out.prefixes.emplace_back(ctx.arg(++i));
    } else {
      return refuse(ctx, error_text::kSyntax);
    }
  }
  return true;
}

// A key must not be told of twice.
bool overlap(Bytes a, Bytes b) {
  return a.starts_with(b) || b.starts_with(a);
}

bool refuse_overlap(CommandContext& ctx, Bytes prefix, Bytes other, Bytes what) {
  std::string text = "ERR Prefix '";
  text.append(protocol::c_text(prefix)).append("' overlaps with ").append(what).append(" '");
  text.append(protocol::c_text(other)).append("'. Prefixes for a single client must not overlap.");
  return refuse(ctx, text);
}

bool prefixes_fit(CommandContext& ctx, const TrackingOptions& options) {
  const TrackingState* const now = ctx.session().tracking.get();
  for (size_t i = 0; i < options.prefixes.size(); ++i) {
    const std::string& prefix = options.prefixes[i];
    if (now != nullptr) {
      for (const std::string& known : now->prefixes) {
        if (overlap(prefix, known)) return refuse_overlap(ctx, prefix, known, "an existing prefix");
      }
    }
    for (size_t j = i + 1; j < options.prefixes.size(); ++j) {
      if (overlap(prefix, options.prefixes[j])) {
        return refuse_overlap(ctx, prefix, options.prefixes[j], "another provided prefix");
      }
    }
  }
  return true;
}

// Whether the options go together, and with the mode the connection is in.
bool fits(CommandContext& ctx, const TrackingOptions& options) {
  const TrackingState& wanted = options.state;
  const TrackingState* const now = ctx.session().tracking.get();
  if (!wanted.broadcast && !options.prefixes.empty()) {
    return refuse(ctx, "ERR PREFIX option requires BCAST mode to be enabled");
  }
  if (now != nullptr && now->broadcast != wanted.broadcast) {
    return refuse(
        ctx,
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then "
        "re-enabling it with a different mode.");
  }
  if (wanted.broadcast && (wanted.opt_in || wanted.opt_out)) {
    return refuse(ctx, "ERR OPTIN and OPTOUT are not compatible with BCAST");
  }
  if (wanted.opt_in && wanted.opt_out) {
    return refuse(ctx, "ERR You can't specify both OPTIN mode and OPTOUT mode");
  }
  if (now != nullptr && ((wanted.opt_in && now->opt_out) || (wanted.opt_out && now->opt_in))) {
    return refuse(
        ctx,
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then "
        "re-enabling it with a different mode.");
  }
  return !wanted.broadcast || prefixes_fit(ctx, options);
}

}  // namespace

// CLIENT TRACKING ON|OFF [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
Outcome client_tracking(CommandContext& ctx) {
  TrackingOptions options;
  if (!read_options(ctx, options)) return Outcome::kDone;
  if (protocol::equals_ignore_case(ctx.arg(2), "on")) {
    if (!fits(ctx, options)) return Outcome::kDone;
    options.state.prefixes.insert(options.prefixes.begin(), options.prefixes.end());
    const bool broadcast = options.state.broadcast;
    start_tracking(ctx.services(), ctx.worker(), ctx.session(), std::move(options.state));
    if (broadcast) {
      ctx.walk(0, ctx.services().keyspace.stripe_count(), [](store::Stripe& stripe) {
        announce_broadcast(stripe);
        return true;
      });
    }
  } else if (protocol::equals_ignore_case(ctx.arg(2), "off")) {
    stop_tracking(ctx.services(), ctx.worker(), ctx.session());
  } else {
    return ctx.fail(error_text::kSyntax);
  }
  ctx.reply().ok();
  return Outcome::kDone;
}

// CLIENT TRACKINGINFO
Outcome client_trackinginfo(CommandContext& ctx) {
  const TrackingState* const state = ctx.session().tracking.get();
  std::vector<Bytes> flags = {state != nullptr ? "on" : "off"};
  if (state != nullptr) {
    if (state->broadcast) flags.emplace_back("bcast");
    if (state->opt_in) flags.emplace_back("optin");
    if (state->opt_in && state->caching) flags.emplace_back("caching-yes");
    if (state->opt_out) flags.emplace_back("optout");
    if (state->opt_out && state->caching) flags.emplace_back("caching-no");
    if (state->no_loop) flags.emplace_back("noloop");
    if (state->broken_redirect) flags.emplace_back("broken_redirect");
  }
  protocol::ReplyWriter& reply = ctx.reply();
  reply.map(3);
  reply.bulk("flags");
  reply.set(static_cast<int64_t>(flags.size()));
  for (const Bytes flag : flags) reply.bulk(flag);
  reply.bulk("redirect");
  reply.integer(state != nullptr ? static_cast<int64_t>(state->redirect) : -1);
  reply.bulk("prefixes");
  reply.array(state != nullptr ? static_cast<int64_t>(state->prefixes.size()) : 0);
  if (state == nullptr) return Outcome::kDone;
  for (const std::string& prefix : state->prefixes) reply.bulk(prefix);
  return Outcome::kDone;
}

// CLIENT CACHING YES|NO
Outcome client_caching(CommandContext& ctx) {
  TrackingState* const state = ctx.session().tracking.get();
  if (state == nullptr) {
    return ctx.fail(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
        "enabled");
  }
  if (protocol::equals_ignore_case(ctx.arg(2), "yes")) {
    if (!state->opt_in) {
      return ctx.fail("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
  } else if (protocol::equals_ignore_case(ctx.arg(2), "no")) {
    if (!state->opt_out) {
      return ctx.fail("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
  } else {
    return ctx.fail(error_text::kSyntax);
  }
  state->caching = true;
  ctx.reply().ok();
  return Outcome::kDone;
}

// CLIENT GETREDIR: 0: not redirected, -1: tracking is off.
Outcome client_getredir(CommandContext& ctx) {
  const TrackingState* const state = ctx.session().tracking.get();
  ctx.reply().integer(state != nullptr ? static_cast<int64_t>(state->redirect) : -1);
  return Outcome::kDone;
}

}  // namespace corral::commands
