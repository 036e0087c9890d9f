// FCALL and the loading of libraries on one worker.
// Threading: see worker_scripts.h.
// See: README.md of this folder, "Functions".
#include <algorithm>

#include "server/scripting/function_loading.h"
#include "server/scripting/script_run.h"
#include "server/scripting/worker_scripts.h"

namespace corral::scripting {
namespace {

using namespace dispatch;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace

std::string WorkerScripts::load_libraries(const std::vector<std::string>& codes, FunctionLibraries::Policy policy,
                                          std::string& name, bool restoring) {
  std::vector<LibraryRef> libraries;
  std::vector<LoadedLibrary> loaded;
  std::string error;
  for (const std::string& code : codes) {
    const auto head = read_library_head(code);
    if (!head) {
      error = head.error();
      break;
    }
    name = head.value().name;
    if (!restoring && policy == FunctionLibraries::Policy::kAppend && services_.scripts.libraries.has(name)) {
      error = "Library '" + name + "' already exists";
      break;
    }
    auto library = std::make_shared<Library>();
    library->name = name;
    library->code = code;
    std::vector<int> references;
    error = load_library(functions_, *library, head.value().length, references);
    if (!error.empty()) break;
    libraries.push_back(library);
    loaded.push_back({library, std::move(references)});
  }
  if (error.empty()) error = services_.scripts.libraries.add(libraries, policy);
  if (!error.empty()) {
    for (const LoadedLibrary& library : loaded) {
      for (const int reference : library.references) functions_.forget(reference);
    }
    return error;
  }
  for (LoadedLibrary& library : loaded) {
    auto& place = loaded_[library.library->name];
    for (const int reference : place.references) functions_.forget(reference);
    place = std::move(library);
  }
  return {};
}

// Makes what this worker has compiled the same as what the server has.
void WorkerScripts::follow_libraries() {
  const uint64_t version = services_.scripts.libraries.version();
  if (version == seen_version_) return;
  const auto all = services_.scripts.libraries.all();
  std::erase_if(loaded_, [&](const auto& entry) {
    if (std::find(all.begin(), all.end(), entry.second.library) != all.end()) return false;
    for (const int reference : entry.second.references) functions_.forget(reference);
    return true;
  });
  callable_.clear();
  for (const LibraryRef& library : all) {
    if (!loaded_.contains(library->name)) {
      Library copy;  // which gets the functions anew, in the order of the first time
      copy.code = library->code;
      const auto head = read_library_head(copy.code);
      std::vector<int> references;
      const std::string error =
          head ? load_library(functions_, copy, head.value().length, references) : head.error();
      if (!error.empty() || references.size() != library->functions.size()) {
        services_.log.warning("library " + library->name + " does not load on this worker: " + error);
        continue;
      }
      loaded_[library->name] = {library, std::move(references)};
    }
    const LoadedLibrary& loaded = loaded_[library->name];
    for (size_t i = 0; i < library->functions.size(); ++i) {
      const Function& function = *library->functions[i];
      callable_[lower(function.name)] = {library, &function, loaded.references[i]};
    }
  }
  seen_version_ = version;
}

Outcome WorkerScripts::call_function(CommandContext& ctx, bool read_only) {
  follow_libraries();
  const auto at = callable_.find(lower(ctx.arg(1)));
  if (at == callable_.end()) return ctx.fail("ERR Function not found");
  const auto keys = protocol::parse_int64(ctx.arg(2));
  if (!keys) return ctx.fail("ERR Bad number of keys provided");
  if (*keys > static_cast<int64_t>(ctx.argc()) - 3) {
    return ctx.fail("ERR Number of keys can't be greater than number of args");
  }
  if (*keys < 0) return ctx.fail("ERR Number of keys can't be negative");
  const Callable called = at->second;
  if (read_only && (called.function->flags & kNoWrites) == 0) {
    return ctx.fail("ERR Can not execute a script with write flag using *_ro command.");
  }
  {
    Registry::Running running{called.function->name, {}, services_.clock.steady_us()};
    constexpr size_t kMostShown = 32;
    for (size_t i = 0; i < std::min(ctx.argc(), kMostShown); ++i) running.command.emplace_back(ctx.arg(i));
    const std::lock_guard lock(running_mutex_);
    running_ = std::move(running);
  }
  auto& reach = called.function->reach;
  return run_script(ctx, functions_, {called.reference, called.function->name, called.function->flags, &reach, true},
                    read_only, *keys);
}

}  // namespace corral::scripting
