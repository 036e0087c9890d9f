// From EVAL to a run.
// Threading: see worker_scripts.h.
// See: worker_scripts.h.
#include "server/scripting/worker_scripts.h"

#include "server/base/digest.h"
#include "server/scripting/script_run.h"

namespace corral::scripting {
namespace {

using namespace dispatch;

constexpr size_t kSha = 40;
constexpr size_t kSweepAbove = 256;  // compiled scripts beyond what the cache has
constexpr Bytes kNoScriptText = "NOSCRIPT No matching script. Please use EVAL.";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

size_t memory_limit(const Services& services) {
  return static_cast<size_t>(static_cast<int64_t>(services.settings.lua_memory_limit));
}

}  // namespace

WorkerScripts& WorkerScripts::of(CommandContext& ctx) {
  auto& own = ctx.worker().scripts;
  if (own == nullptr) own = std::make_unique<WorkerScripts>(ctx.services());
  return static_cast<WorkerScripts&>(*own);
}

WorkerScripts::WorkerScripts(Services& services)
    : services_(services),
      scripts_(Interpreter::Kind::kScripts, services, memory_limit(services)),
      functions_(Interpreter::Kind::kFunctions, services, memory_limit(services)) {
  services_.scripts.enter(this);
}

WorkerScripts::~WorkerScripts() { services_.scripts.leave(this); }

void WorkerScripts::drop_forgotten() {
  by_digest_.clear();
  std::erase_if(by_sha_, [this](const auto& entry) {
    if (!entry.second.script->forgotten.load(std::memory_order_acquire)) return false;
    scripts_.forget(entry.second.reference);
    return true;
  });
}

WorkerScripts::Compiled* WorkerScripts::compile(const ScriptRef& script, std::string& error) {
  const auto at = by_sha_.find(script->sha);
  if (at != by_sha_.end()) {
    if (!at->second.script->forgotten.load(std::memory_order_acquire)) return &at->second;
    drop_forgotten();
  }
  const std::string_view text = std::string_view(script->body).substr(script->head.length);
  int reference = 0;
  if (!scripts_.compile(text, "@user_script", reference, error)) return nullptr;
  if (by_sha_.size() > services_.scripts.scripts.count() + kSweepAbove) drop_forgotten();
  return &by_sha_.insert_or_assign(script->sha, Compiled{script, reference}).first->second;
}

WorkerScripts::Compiled* WorkerScripts::compiled_text(std::string_view text, std::string& error) {
  const uint64_t digest = base::digest_bytes(text);
  if (const auto at = by_digest_.find(digest); at != by_digest_.end()) {
    const Script& known = *at->second->script;
    if (known.body == text && !known.forgotten.load(std::memory_order_acquire)) return at->second;
  }
  auto script = services_.scripts.scripts.find(sha1_hex(text));
  if (script == nullptr) {
    const auto head = read_script_head(text);
    if (!head) {
      error = "ERR " + head.error();
      return nullptr;
    }
    script = std::make_shared<Script>();
    script->sha = sha1_hex(text);
    script->body = std::string(text);
    script->head = head.value();
  }
  std::string why;
  Compiled* compiled = compile(script, why);
  if (compiled == nullptr) {
    error = "ERR Error compiling script (new function): " + why;
    return nullptr;
  }
  // Another worker may have been quicker; what its object learns of the script is to be ours, too.
  compiled->script = services_.scripts.scripts.add(script);
  by_digest_[digest] = compiled;
  return compiled;
}

WorkerScripts::Compiled* WorkerScripts::compiled_sha(std::string_view sha) {
  if (sha.size() != kSha) return nullptr;
  const std::string name = lower(sha);
  if (const auto at = by_sha_.find(name); at != by_sha_.end()) {
    if (!at->second.script->forgotten.load(std::memory_order_acquire)) return &at->second;
    drop_forgotten();
  }
  const ScriptRef script = services_.scripts.scripts.find(name);
  std::string error;
  return script != nullptr ? compile(script, error) : nullptr;
}

std::string WorkerScripts::load(std::string_view text, std::string& error) {
  const Compiled* compiled = compiled_text(text, error);
  return compiled != nullptr ? compiled->script->sha : std::string();
}

Outcome WorkerScripts::eval(CommandContext& ctx, bool read_only) {
  int64_t keys = 0;
  if (!read_key_count(ctx, keys)) return Outcome::kDone;
  std::string error;
  const Compiled* compiled = compiled_text(ctx.arg(1), error);
  if (compiled == nullptr) return ctx.fail(error);
  return run(ctx, *compiled, read_only, keys);
}

Outcome WorkerScripts::eval_sha(CommandContext& ctx, bool read_only) {
  if (ctx.arg(1).size() != kSha) return ctx.fail(kNoScriptText);
  int64_t keys = 0;
  if (!read_key_count(ctx, keys)) return Outcome::kDone;
  const Compiled* compiled = compiled_sha(ctx.arg(1));
  if (compiled == nullptr) return ctx.fail(kNoScriptText);
  return run(ctx, *compiled, read_only, keys);
}

Outcome WorkerScripts::run(CommandContext& ctx, const Compiled& compiled, bool read_only, int64_t keys) {
  const ScriptRef script = compiled.script;  // SCRIPT FLUSH elsewhere must not take it from under the run
  return run_script(ctx, scripts_, {compiled.reference, script->sha, script->head.flags, &script->reach, false}, read_only,
                    keys);
}

}  // namespace corral::scripting
