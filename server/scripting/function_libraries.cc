// Libraries by name.
// Threading: see function_libraries.h.
// See: function_libraries.h.
#include "server/scripting/function_libraries.h"

#include <set>

namespace corral::scripting {

std::string FunctionLibraries::add(const std::vector<LibraryRef>& fresh, Policy policy) {
  const std::lock_guard lock(mutex_);
  auto after = policy == Policy::kFlush ? decltype(libraries_)() : libraries_;
  for (const LibraryRef& library : fresh) {
    if (policy != Policy::kReplace && after.contains(library->name)) return "Library " + library->name + " already exists";
    after[library->name] = library;
  }
  std::set<std::string_view> names;
  size_t bytes = 0;
  for (const auto& [name, library] : after) {
    bytes += library->code.size();
    for (const auto& function : library->functions) {
      if (!names.insert(function->name).second) return "Function " + function->name + " already exists";
    }
  }
  if (bytes > kMaxBytes) return "libraries may have 64 MiB of code together";
  libraries_.swap(after);
  version_.fetch_add(1, std::memory_order_release);
  return {};
}

bool FunctionLibraries::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto at = libraries_.find(name);
  if (at == libraries_.end()) return false;
  libraries_.erase(at);
  version_.fetch_add(1, std::memory_order_release);
  return true;
}

void FunctionLibraries::clear() {
  const std::lock_guard lock(mutex_);
  libraries_.clear();
  version_.fetch_add(1, std::memory_order_release);
}

bool FunctionLibraries::has(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return libraries_.contains(name);
}

std::vector<LibraryRef> FunctionLibraries::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<LibraryRef> out;
  for (const auto& [name, library] : libraries_) out.push_back(library);
  return out;
}

size_t FunctionLibraries::library_count() const {
  const std::lock_guard lock(mutex_);
  return libraries_.size();
}

size_t FunctionLibraries::function_count() const {
  size_t count = 0;
  for (const LibraryRef& library : all()) count += library->functions.size();
  return count;
}

size_t FunctionLibraries::bytes() const {
  size_t bytes = 0;
  for (const LibraryRef& library : all()) bytes += library->code.size();
  return bytes;
}

}  // namespace corral::scripting
