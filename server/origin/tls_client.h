// TLS as a client of a non-blocking socket, by OpenSSL.
// Threading: the origin thread only.
// See: README.md of this folder, "Deadlines, Connections".
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "server/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace corral::origin {

/// Whom to trust. Shared by the connections of an origin.
class TlsClient {
 public:
  /// `ca_file`: PEM; empty: what the system trusts. The error names the file.
  static base::Result<std::shared_ptr<const TlsClient>> make(const std::string& ca_file);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  ssl_ctx_st* context() const { return context_; }

 private:
  explicit TlsClient(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// One connection's state. The certificate must be for `host`, a name or an address.
class TlsSession {
 public:
  enum class Outcome : uint8_t { kDone, kWantRead, kWantWrite, kClosed, kFailed };

  TlsSession(const TlsClient& client, int fd, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Outcome shake_hands();
  /// kDone: `moved` bytes.
  Outcome read(char* out, size_t room, size_t& moved);
  Outcome write(const char* bytes, size_t size, size_t& moved);
  /// After kFailed: why, one line.
  const std::string& error() const { return error_; }

 private:
  Outcome outcome_of(int returned);

  ssl_st* session_;
  std::string error_;
};

}  // namespace corral::origin
