// Loads, stores and removes at a real HTTP server: what is sent, and what answers mean.
// Threading: the test's thread; the server has threads of its own.
// See: server/origin/README.md, "HTTP".
#include "server/origin/http_endpoint.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "server/origin/http_reply.h"
#include "tests/server/origin/caller.h"
#include "tests/server/origin/http_service.h"

namespace corral::origin {
namespace {

// Answers what it is told to, and keeps what it was asked.
class Steered {
 public:
  Reply reply;

  int port() const { return service_.port(); }
  Seen seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  std::mutex mutex_;
  Seen seen_;
  HttpService service_{[this](const Seen& seen) {
    const std::lock_guard lock(mutex_);
    seen_ = seen;
    return reply;
  }};
};

TEST(HttpLoad, SendsWhatTheDefinitionAndTheRequestSay) {
  Steered server;
  server.reply.body = "the value";
  Caller caller("http://127.0.0.1:" + std::to_string(server.port()) +
                "/base load \"GET /items/{1}?all={0}\" header \"X-Team: shop\" header \"User-Agent: mine\"");
  Request request = load_of("a b/ä");
  request.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  request.attempt = 3;
  const Answer answer = caller.call(request);
  EXPECT_EQ(answer.result, Result::kValue);
  EXPECT_FALSE(answer.value.is_hash);
  EXPECT_EQ(answer.value.text, "the value");
  EXPECT_EQ(answer.ttl_ms, std::nullopt);
  EXPECT_FALSE(answer.no_store);
  Seen seen = server.seen();
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/base/items/a%20b%2F%C3%A4?all=a%20b%2F%C3%A4");
  EXPECT_EQ(seen.headers["x-team"], "shop");
  EXPECT_EQ(seen.headers["user-agent"], "mine");
  EXPECT_EQ(seen.headers["traceparent"], request.traceparent);
  EXPECT_EQ(seen.headers["x-corral-attempt"], "3");
  EXPECT_EQ(seen.headers["accept-encoding"], "identity");
  for (const char* absent :
       {"if-none-match", "if-modified-since", "idempotency-key", "x-corral-version", "authorization"}) {
    EXPECT_EQ(seen.headers.count(absent), 0U) << absent;
  }
}

TEST(HttpLoad, TellsWhatTheHeadersSay) {
  Steered server;
  server.reply.body = "v";
  server.reply.headers = {{"Cache-Control", "max-age=60, stale-while-revalidate=30"},
                          {"Cache-Control", "stale-if-error=600"},
                          {"Age", "10"},
                          {"ETag", "\"abc\""},
                          {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
                          {"Cache-Tag", "sale, winter coats"},
                          {"Surrogate-Key", "product-7  shop product-7"}};
  Caller caller(line_for(server.port()));
  const Answer answer = caller.call(load_of("k"));
  EXPECT_EQ(answer.ttl_ms, 50'000);
  EXPECT_EQ(answer.stale_while_revalidate_ms, 30'000);
  EXPECT_EQ(answer.stale_if_error_ms, 600'000);
  EXPECT_EQ(answer.etag, "\"abc\"");
  EXPECT_EQ(answer.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(answer.tags, (std::vector<std::string>{"sale", "winter coats", "product-7", "shop"}));
  EXPECT_FALSE(answer.no_store);
}

TEST(HttpLoad, AValueWithTooManyTagsIsNotKept) {
  Steered server;
  Caller caller(line_for(server.port()));
  std::string tags;
  for (size_t i = 0; i < kMostTags; ++i) tags += "t" + std::to_string(i) + " ";
  server.reply.headers = {{"Surrogate-Key", tags}};
  EXPECT_FALSE(caller.call(load_of("k")).no_store);
  server.reply.headers = {{"Surrogate-Key", tags + "more"}};
  EXPECT_TRUE(caller.call(load_of("k")).no_store);
  server.reply.headers = {{"Surrogate-Key", std::string(kLongestTag + 1, 'x')}};
  EXPECT_TRUE(caller.call(load_of("k")).no_store);
}

TEST(HttpLoad, ValidatorsMakeItConditional) {
  Steered server;
  server.reply.status = 304;
  server.reply.headers = {{"Cache-Control", "max-age=5"}, {"ETag", "\"x\""}};
  Caller caller(line_for(server.port()));
  Request request = load_of("k");
  request.etag = "W/\"abc\"";
  request.last_modified = "Sun, 06 Nov 1994 08:49:37 GMT";
  const Answer answer = caller.call(request);
  EXPECT_EQ(answer.result, Result::kNotModified);
  EXPECT_EQ(answer.ttl_ms, 5000);
  EXPECT_EQ(answer.etag, "\"x\"");
  EXPECT_EQ(server.seen().headers["if-none-match"], request.etag);
  EXPECT_EQ(server.seen().headers["if-modified-since"], request.last_modified);
  // The next one through the same handle is not.
  EXPECT_EQ(caller.call(load_of("k")).reason, "status 304, which nothing had asked for");
  EXPECT_EQ(server.seen().headers.count("if-none-match"), 0U);
}

struct Status {
  int status;
  Result load, store, remove;
  bool maybe_done = false;  // of store and remove
};

TEST(HttpStatus, MeansWhatTheReadmeSays) {
  constexpr Result kV = Result::kValue, kA = Result::kAbsent, kD = Result::kDone, kT = Result::kTransient,
                   kP = Result::kPermanent;
  Steered server;
  Caller caller(line_for(server.port()));
  for (const Status& expected :
       {Status{200, kV, kD, kD}, {201, kV, kD, kD},      {204, kV, kD, kD},       {301, kP, kP, kP},
        {302, kP, kP, kP},       {307, kP, kP, kP},      {400, kP, kP, kP},       {401, kP, kP, kP},
        {403, kP, kP, kP},       {404, kA, kP, kD},      {408, kT, kT, kT},       {409, kP, kP, kP},
        {410, kA, kP, kD},       {412, kP, kP, kP},      {425, kT, kT, kT},       {429, kT, kT, kT},
        {500, kT, kT, kT, true}, {501, kT, kT, kT},      {502, kT, kT, kT, true}, {503, kT, kT, kT},
        {504, kT, kT, kT, true}, {599, kT, kT, kT, true}}) {
    server.reply.status = expected.status;
    server.reply.headers = {{"Location", "/elsewhere"}};
    const Answer load = caller.call(load_of("k"));
    EXPECT_EQ(load.result, expected.load) << expected.status;
    EXPECT_FALSE(load.hard || load.timed_out || load.maybe_done) << expected.status;
    EXPECT_EQ(load.pushed_back, expected.status == 429) << expected.status;
    EXPECT_EQ(load.reason.empty(), load.result == kV || load.result == kA) << expected.status;
    const Answer store = caller.call(store_of("k", "v"));
    EXPECT_EQ(store.result, expected.store) << expected.status;
    EXPECT_EQ(store.maybe_done, expected.maybe_done) << expected.status;
    const Answer remove = caller.call(remove_of("k"));
    EXPECT_EQ(remove.result, expected.remove) << expected.status;
    EXPECT_EQ(remove.maybe_done, expected.maybe_done) << expected.status;
  }
}

TEST(HttpStatus, RetryAfterPushesBack) {
  Steered server;
  Caller caller(line_for(server.port()));
  server.reply.status = 503;
  server.reply.headers = {{"Retry-After", "7"}};
  const Answer busy = caller.call(load_of("k"));
  EXPECT_TRUE(busy.pushed_back);
  EXPECT_EQ(busy.retry_after_ms, 7000);
  EXPECT_EQ(busy.reason, "status 503");
  server.reply.headers = {{"Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(caller.call(load_of("k")).retry_after_ms, 0) << "in the past";
  server.reply.headers = {{"Retry-After", "soon"}};
  EXPECT_FALSE(caller.call(load_of("k")).pushed_back);
}

TEST(HttpLoad, ChunksAndLongValues) {
  Steered server;
  server.reply.chunked = true;
  server.reply.body = std::string(3 << 20, 'x');
  Caller caller(line_for(server.port(), "max-value 3mb"));
  EXPECT_EQ(caller.call(load_of("k")).value.text, server.reply.body);
  server.reply.chunked = false;
  EXPECT_EQ(caller.call(load_of("k")).value.text, server.reply.body);
  server.reply.body += 'x';
  EXPECT_EQ(caller.call(load_of("k")).reason, "the answer is larger than max-value, 3145728 bytes");
}

TEST(HttpStore, SendsValueVersionAndExpiry) {
  Steered server;
  Caller caller(line_for(server.port()));
  Request request = store_of("k", std::string("bin\0ary\r\n", 9));
  request.expires_at_ms = 1'700'000'000'123;
  request.traceparent = "t";
  EXPECT_EQ(caller.call(request).result, Result::kDone);
  Seen seen = server.seen();
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/items/k");
  EXPECT_EQ(seen.body, request.value.text);
  EXPECT_EQ(seen.headers["content-type"], "application/octet-stream");
  EXPECT_EQ(seen.headers["idempotency-key"], "\"1-2-3\"");
  EXPECT_EQ(seen.headers["x-corral-version"], "3.41");
  EXPECT_EQ(seen.headers["corral-expires-at"], "1700000000123");
  EXPECT_EQ(seen.headers["traceparent"], "t");

  EXPECT_EQ(caller.call(store_of("k", "")).result, Result::kDone);
  seen = server.seen();
  EXPECT_EQ(seen.body, "");
  EXPECT_EQ(seen.headers["content-length"], "0");
  EXPECT_EQ(seen.headers.count("corral-expires-at"), 0U);

  EXPECT_EQ(caller.call(store_of("k", std::string(4 << 20, 'y'))).result, Result::kDone);
  EXPECT_EQ(server.seen().body.size(), 4U << 20);
  EXPECT_EQ(server.seen().headers.count("expect"), 0U);
}

TEST(HttpStore, AHashIsAJsonObject) {
  Steered server;
  Caller caller(line_for(server.port()));
  Request request = store_of("k", "");
  request.value.is_hash = true;
  request.value.fields = {{"name", "K\xC3\xBC\xF0\x9F\x8D\xB0"}, {"quo\"te", "a\\b\n\x01"}, {"", ""}};
  EXPECT_EQ(caller.call(request).result, Result::kDone);
  EXPECT_EQ(server.seen().body,
            "{\"name\":\"K\xC3\xBC\xF0\x9F\x8D\xB0\",\"quo\\\"te\":\"a\\\\b\\u000a\\u0001\",\"\":\"\"}");
  EXPECT_EQ(server.seen().headers["content-type"], "application/json");
  for (const char* bytes : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xE2\x82", "\xF4\x90\x80\x80", "\x80"}) {
    request.value.fields = {{"f", bytes}};
    const Answer answer = caller.call(request);
    EXPECT_EQ(answer.result, Result::kPermanent);
    EXPECT_EQ(answer.reason, "the hash has bytes that are not UTF-8, and JSON cannot carry them");
  }
}

TEST(HttpStore, MethodsAndTypesAreThoseOfTheDefinition) {
  Steered server;
  Caller caller("http://127.0.0.1:" + std::to_string(server.port()) +
                " store \"PATCH /i/{1}\" remove \"POST /i/{1}/delete\" header \"Content-Type: text/plain\"");
  EXPECT_EQ(caller.call(store_of("k", "v")).result, Result::kDone);
  EXPECT_EQ(server.seen().method, "PATCH");
  EXPECT_EQ(server.seen().headers["content-type"], "text/plain");
  EXPECT_EQ(caller.call(remove_of("k")).result, Result::kDone);
  EXPECT_EQ(server.seen().method, "POST");
  EXPECT_EQ(server.seen().target, "/i/k/delete");
  EXPECT_EQ(server.seen().body, "");
  EXPECT_EQ(server.seen().headers["x-corral-version"], "3.42");
}

TEST(HttpStore, ARemoveIsADeleteWithoutBody) {
  Steered server;
  Caller caller(line_for(server.port()));
  EXPECT_EQ(caller.call(remove_of("k")).result, Result::kDone);
  EXPECT_EQ(server.seen().method, "DELETE");
  EXPECT_EQ(server.seen().body, "");
  EXPECT_EQ(server.seen().headers.count("content-type"), 0U);
}

TEST(HttpEndpoint, UserAndPasswordAreBasicAuthentication) {
  Steered server;
  setenv("CORRAL_TEST_HTTP_PASSWORD", "open sesame", 1);
  Caller caller("http://Aladdin@127.0.0.1:" + std::to_string(server.port()) +
                " load \"GET /{1}\" password-env CORRAL_TEST_HTTP_PASSWORD header \"X-Secret: "
                "${CORRAL_TEST_HTTP_PASSWORD}\"");
  unsetenv("CORRAL_TEST_HTTP_PASSWORD");
  EXPECT_EQ(caller.call(load_of("k")).result, Result::kValue);
  EXPECT_EQ(server.seen().headers["authorization"], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(server.seen().headers["x-secret"], "open sesame");
}

TEST(HttpEndpoint, WhatTheDefinitionNamesMustBeThere) {
  EXPECT_THROW(Caller("http://u@h load \"GET /\" password-env CORRAL_TEST_NONE"), std::runtime_error);
  EXPECT_THROW(Caller("http://h load \"GET /\" header \"A: ${CORRAL_TEST_NONE}\""), std::runtime_error);
  EXPECT_THROW(Caller("https://h load \"GET /\" tls-ca no/such/file"), std::runtime_error);
}

TEST(HttpEndpoint, ProxiesOfTheEnvironmentAreNotUsed) {
  Steered server;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  Caller caller(line_for(server.port()));
  EXPECT_EQ(caller.call(load_of("k")).result, Result::kValue);
  unsetenv("http_proxy");
}

TEST(HttpEndpoint, AKeyThatCannotBeSentFailsForGood) {
  Steered server;
  Caller caller(line_for(server.port()));
  for (const std::string& key : {std::string("../x"), std::string(), std::string(9000, 'x')}) {
    EXPECT_EQ(caller.call(load_of(key)).result, Result::kPermanent);
  }
  Request odd = store_of("k", "v");
  odd.idempotency_key = "a\r\nX: y";
  EXPECT_EQ(caller.call(odd).reason, "Idempotency-Key has control characters, or more than 4096 bytes");
  Request few = load_of("k");
  few.captures = {"k"};
  EXPECT_EQ(caller.call(few).reason, "the key has fewer captures than the template");
  EXPECT_EQ(caller.endpoint().calls(), 0U);
  EXPECT_EQ(server.seen().method, "") << "nothing was sent";
}

TEST(HttpEndpoint, HasNoLoadMany) {
  Steered server;
  Caller caller(line_for(server.port()));
  EXPECT_FALSE(caller.endpoint().start_many({load_of("a")}, {[](Answer) {}}));
}

}  // namespace
}  // namespace corral::origin
