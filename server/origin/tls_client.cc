// OpenSSL behind TlsClient and TlsSession.
// Threading: see tls_client.h.
// See: tls_client.h; OpenSSL's manual, SSL_get_error.
#include "server/origin/tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

namespace corral::origin {
namespace {

std::string last_error() {
  const unsigned long code = ERR_get_error();
  std::array<char, 256> text{};
  if (code == 0) return "unknown";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

base::Result<std::shared_ptr<const TlsClient>> TlsClient::make(const std::string& ca_file) {
  ERR_clear_error();
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return base::Error{"TLS cannot be set up: " + last_error()};
  struct Made : TlsClient {
    explicit Made(SSL_CTX* given) : TlsClient(given) {}
  };
  std::shared_ptr<const TlsClient> client = std::make_shared<Made>(context);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const int trusted = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                      : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
  if (trusted != 1) return base::Error{"tls-ca " + ca_file + " cannot be read: " + last_error()};
  return client;
}

TlsClient::~TlsClient() {
  SSL_CTX_free(context_);
}

TlsSession::TlsSession(const TlsClient& client, int fd, const std::string& host)
    : session_(SSL_new(client.context())) {
  if (session_ == nullptr) return;
  SSL_set_fd(session_, fd);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session_), host.c_str());
  } else {
    SSL_set1_host(session_, host.c_str());
    SSL_set_tlsext_host_name(session_, host.c_str());
  }
}

TlsSession::~TlsSession() {
  SSL_free(session_);
}

TlsSession::Outcome TlsSession::outcome_of(int returned) {
  switch (SSL_get_error(session_, returned)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Outcome::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::kClosed;
    case SSL_ERROR_SYSCALL:
      error_ = "the connection was lost";
      return Outcome::kFailed;
    default: {
      const long verdict = SSL_get_verify_result(session_);
      error_ = verdict == X509_V_OK
                   ? "TLS failed: " + last_error()
                   : std::string("the certificate was refused: ") + X509_verify_cert_error_string(verdict);
      return Outcome::kFailed;
    }
  }
}

TlsSession::Outcome TlsSession::shake_hands() {
  if (session_ == nullptr) {
    error_ = "no memory for TLS";
    return Outcome::kFailed;
  }
  ERR_clear_error();
  const int done = SSL_connect(session_);
  return done == 1 ? Outcome::kDone : outcome_of(done);
}

TlsSession::Outcome TlsSession::read(char* out, size_t room, size_t& moved) {
  ERR_clear_error();
  const int done = SSL_read_ex(session_, out, room, &moved);
  return done == 1 ? Outcome::kDone : outcome_of(done);
}

TlsSession::Outcome TlsSession::write(const char* bytes, size_t size, size_t& moved) {
  ERR_clear_error();
  const int done = SSL_write_ex(session_, bytes, size, &moved);
  return done == 1 ? Outcome::kDone : outcome_of(done);
}

}  // namespace corral::origin
