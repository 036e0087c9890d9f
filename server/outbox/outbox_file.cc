// Schema, pragmas and checks of the outbox's file.
// Threading: any one thread.
// See: README.md of this folder, "File".
#include "server/outbox/outbox_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace corral::outbox {
namespace {

// The image comes last: what is before it is read without walking through a large value's pages.
#define CORRAL_RECORD_COLUMNS                                                                                \
  "seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, version INTEGER NOT NULL, origin TEXT NOT NULL, "        \
  "policy TEXT NOT NULL, db INTEGER NOT NULL, key BLOB NOT NULL, operation INTEGER NOT NULL, expires_at_ms " \
  "INTEGER, "                                                                                                \
  "idempotency_key TEXT NOT NULL, traceparent TEXT NOT NULL, enqueued_ms INTEGER NOT NULL, due_ms INTEGER "  \
  "NOT NULL, "                                                                                               \
  "attempts INTEGER NOT NULL, first_error TEXT NOT NULL, last_error TEXT NOT NULL, checksum INTEGER NOT "    \
  "NULL, "

constexpr const char* kSchema =
    "PRAGMA application_id = 1131377249;"
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE records (" CORRAL_RECORD_COLUMNS
    "image BLOB NOT NULL) STRICT;"
    "CREATE INDEX records_of_key ON records (db, key);"
    "CREATE TABLE dead (" CORRAL_RECORD_COLUMNS
    "reason INTEGER NOT NULL, died_ms INTEGER NOT NULL, state INTEGER NOT NULL, newer_epoch INTEGER NOT "
    "NULL, "
    "newer_version INTEGER NOT NULL, image BLOB NOT NULL) STRICT;"
    "CREATE INDEX dead_of_key ON dead (db, key);"
    "CREATE INDEX dead_of_origin ON dead (origin, state, seq);"
    "CREATE INDEX dead_by_time ON dead (died_ms);"
    "CREATE TABLE sent (db INTEGER NOT NULL, key BLOB NOT NULL, epoch INTEGER NOT NULL, version INTEGER "
    "NOT NULL, "
    "PRIMARY KEY (db, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE redrives (origin TEXT PRIMARY KEY, rate INTEGER NOT NULL, cursor INTEGER NOT NULL, "
    "until INTEGER NOT NULL, moved INTEGER NOT NULL, superseded INTEGER NOT NULL) STRICT, WITHOUT ROWID;";
constexpr const char* kApplicationId = "1131377249";  // "Cora" in big-endian bytes

#undef CORRAL_RECORD_COLUMNS

bool exists(const std::string& path, struct stat& facts) {
  return ::stat(path.c_str(), &facts) == 0;
}

base::Error refusal(const std::string& path, const std::string& reason) {
  return base::Error{"outbox " + path + ": " + reason};
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

base::Status sync_folder(const std::string& path) {
  const int fd = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = fd >= 0 && ::fsync(fd) == 0;
  const int reason = errno;
  if (fd >= 0) ::close(fd);
  if (!done) return base::Error{std::string("its folder cannot be synced: ") + std::strerror(reason)};
  return base::Ok{};
}

// A file that is there at all has been whole once: an empty or half-made one is damage, not a beginning.
base::Status make_file(const std::string& path, const std::string& vfs, const std::string& instance) {
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  ::unlink((draft + "-journal").c_str());
  {
    auto connection = Connection::open(draft, true, vfs);
    if (!connection) return base::Error{connection.error()};
    Connection& file = *connection.value();
    file.execute("PRAGMA synchronous = FULL");
    file.begin();
    file.execute(kSchema);
    Statement meta(
        file,
        "INSERT INTO meta (name, value) VALUES ('schema_version', ?), ('instance', ?), ('next_seq', 1)");
    meta.bind(int64_t{kSchemaVersion}).bind_text(instance).run();
    const auto status = file.commit();
    if (!status) return status;
  }
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return base::Error{std::string("rename: ") + std::strerror(errno)};
  return sync_folder(path);
}

base::Status check_identity(Connection& file) {
  const std::string id = file.ask("PRAGMA application_id");
  if (auto status = file.take_status(); !status) return status;
  if (id != kApplicationId) return base::Error{"this is a database, but not an outbox"};
  const std::string version = file.ask("SELECT value FROM meta WHERE name = 'schema_version'");
  if (auto status = file.take_status(); !status) return status;
  if (version != std::to_string(kSchemaVersion)) {
    return base::Error{"its schema is version " + (version.empty() ? "none" : version) +
                       ", this server knows " + std::to_string(kSchemaVersion) +
                       "; it was written by another release"};
  }
  return base::Ok{};
}

// Exclusive: a second server is refused, and no shared memory file is needed.
base::Status pin_pragmas(Connection& file) {
  struct Pragma {
    const char* set;
    const char* ask;
    const char* want;
  };
  constexpr Pragma kPragmas[] = {
      {"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA locking_mode", "exclusive"},
      {"PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal"},
      {"PRAGMA synchronous = FULL", "PRAGMA synchronous", "2"},
      {"PRAGMA wal_autocheckpoint = 4000", "PRAGMA wal_autocheckpoint", "4000"},
      {"PRAGMA journal_size_limit = 67108864", "PRAGMA journal_size_limit", "67108864"},
      {"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1"},
      {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2"},
  };
  for (const Pragma& pragma : kPragmas) {
    file.execute(pragma.set);
    const std::string got = file.ask(pragma.ask);
    if (auto status = file.take_status(); !status) return status;
    if (got != pragma.want)
      return base::Error{std::string(pragma.ask) + " is " + got + ", not " + pragma.want};
  }
  return base::Ok{};
}

// The checkpoint puts everything behind an fsync of its own: a log that failed to sync once is not built upon.
base::Status check_contents(Connection& file) {
  const std::string words = file.ask("PRAGMA quick_check(1)");
  if (auto status = file.take_status(); !status) return status;
  if (words != "ok") return base::Error{"quick_check: " + words};
  const std::string busy = file.ask("PRAGMA wal_checkpoint(TRUNCATE)");
  if (auto status = file.take_status(); !status) return status;
  if (busy != "0") return base::Error{"its log cannot be checkpointed"};
  return base::Ok{};
}

base::Status check_presence(const std::string& path, bool& missing) {
  struct stat facts {};
  missing = !exists(path, facts);
  if (missing && errno != ENOENT) return base::Error{std::strerror(errno)};
  if (!missing && facts.st_size == 0) return base::Error{"it is empty; an outbox never is"};
  if (missing && exists(path + "-wal", facts) && facts.st_size > 0) {
    return base::Error{"it is missing, but its log " + path + "-wal is there"};
  }
  return base::Ok{};
}

}  // namespace

base::Result<std::unique_ptr<Connection>> open_file(const std::string& path, const std::string& vfs,
                                                    const std::string& instance) {
  bool missing = false;
  if (auto status = check_presence(path, missing); !status) return refusal(path, status.error());
  if (missing) {
    if (auto status = make_file(path, vfs, instance); !status) {
      return refusal(path, "it cannot be made: " + status.error());
    }
  }
  auto opened = Connection::open(path, false, vfs);
  if (!opened) return refusal(path, opened.error());
  Connection& file = *opened.value();
  file.execute("PRAGMA locking_mode = EXCLUSIVE");  // before the first look: no shared memory is set up then
  for (const auto check : {check_identity, pin_pragmas, check_contents}) {
    if (auto status = check(file); !status) return refusal(path, status.error());
  }
  return opened;
}

base::Result<std::string> set_aside(const std::string& path, int64_t stamp) {
  const std::string aside = path + ".aside-" + std::to_string(stamp);
  struct stat facts {};
  if (exists(aside, facts)) return refusal(path, aside + " is there already");
  for (const char* part : {"-wal", ""}) {
    if (::rename((path + part).c_str(), (aside + part).c_str()) != 0 && (errno != ENOENT || *part == '\0')) {
      return refusal(path, std::string("rename: ") + std::strerror(errno));
    }
  }
  if (auto status = sync_folder(path); !status) return refusal(path, status.error());
  return aside;
}

}  // namespace corral::outbox
