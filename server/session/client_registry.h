// All connections of the server as any worker may see them: for CLIENT LIST, INFO, KILL, UNBLOCK.
// Threading: records are atomics, written by the connection's worker; texts and the list are under leaf mutexes.
// See: README.md of this folder, "Registry".
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace corral::session {

enum ClientFlag : uint32_t {
  kClientMulti = 1 << 0,        // 'x'
  kClientDirtyCas = 1 << 1,     // 'd'
  kClientMonitor = 1 << 2,      // 'O'
  kClientParked = 1 << 3,       // 'b': at least one reply is held for a fill
  kClientCloseSoon = 1 << 4,    // 'c'
  kClientUnixSocket = 1 << 5,   // 'U'
  kClientNoEvict = 1 << 6,      // 'e'
  kClientNoTouch = 1 << 7,      // 'T'
  kClientPaused = 1 << 8,       // waits for CLIENT UNPAUSE
  kClientBlocked = 1 << 9,      // 'b': in a blocking command
  kClientPubsub = 1 << 10,      // 'P': listens to something
  kClientTracking = 1 << 11,    // 't'
  kClientTrackingBroken = 1 << 12,     // 'R': who should get its invalidations is gone
  kClientTrackingBroadcast = 1 << 13,  // 'B'
};

/// What others may know of a connection. The owner's worker writes; relaxed order is enough, the figures are for people.
struct ClientRecord {
  uint64_t id = 0;
  uint32_t worker = 0;
  int fd = -1;
  std::string address;        // fixed after accept
  std::string local_address;
  int64_t created_ms = 0;

  std::atomic<int64_t> last_active_ms{0};
  std::atomic<const char*> last_command{"NULL"};  // "client|list"; static text of the command table
  std::atomic<uint32_t> flags{0};
  std::atomic<int> database{0};
  std::atomic<int> resp_version{2};
  std::atomic<int> queued_commands{-1};   // MULTI: number queued, else -1
  std::atomic<int> watched_keys{0};
  std::array<std::atomic<uint32_t>, 3> subscriptions{};  // channels, patterns, shard channels
  std::atomic<int64_t> redirect{-1};  // CLIENT TRACKING REDIRECT; 0: none, -1: tracking is off
  std::atomic<uint32_t> parked_reads{0};
  std::atomic<uint64_t> query_bytes{0};     // unparsed input kept
  std::atomic<uint64_t> query_free{0};      // room behind it
  std::atomic<uint64_t> output_bytes{0};    // output not yet taken by the socket
  std::atomic<uint32_t> output_buffers{0};  // that it is queued in
  std::atomic<uint64_t> reply_memory{0};    // heap memory of these
  std::atomic<uint64_t> reply_memory_peak{0};
  std::atomic<uint64_t> argument_bytes{0};  // queued MULTI arguments
  std::atomic<uint64_t> user_number{0};     // acl::User::number()
  std::atomic<bool> kill{false};

  /// Name and library, which CLIENT SETNAME/SETINFO change.
  struct Texts {
    std::string name, lib_name, lib_version, user = "default";
  };
  Texts texts() const {
    std::lock_guard lock(texts_mutex_);
    return texts_;
  }
  template <typename Change>
  void change_texts(Change change) {
    std::lock_guard lock(texts_mutex_);
    change(texts_);
  }

 private:
  mutable std::mutex texts_mutex_;
  Texts texts_;
};

/// Sharded by id so that accepting and closing on many workers do not meet. Ids grow and never repeat.
class ClientRegistry {
 public:
  std::shared_ptr<ClientRecord> add(uint32_t worker, int fd, std::string address, std::string local_address, int64_t now_ms);
  void remove(uint64_t id);
  std::shared_ptr<ClientRecord> find(uint64_t id) const;
  size_t size() const { return size_.load(std::memory_order_relaxed); }
  /// Calls visit for every client, in order of id. Copies the list first: O(clients) pointers.
  void for_each(const std::function<void(const std::shared_ptr<ClientRecord>&)>& visit) const;

 private:
  static constexpr size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<uint64_t, std::shared_ptr<ClientRecord>> clients;
  };
  std::array<Shard, kShards> shards_;
  std::atomic<uint64_t> next_id_{1};
  std::atomic<size_t> size_{0};
};

}  // namespace corral::session
