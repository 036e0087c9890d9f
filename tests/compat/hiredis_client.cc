// hiredis: the calls a C or C++ program makes, checked one by one. Usage: hiredis_client PORT
// Threading: one thread, several connections.
// See: README.md of this folder.
#include <hiredis/hiredis.h>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "protocol/number.h"

namespace {

int port;

[[noreturn]] void fail(int line, const std::string& what) {
  std::fprintf(stderr, "hiredis_client.cc:%d: %s\n", line, what.c_str());
  std::exit(1);
}
#define EXPECT(condition, what) \
  if (!(condition)) fail(__LINE__, what)

struct Free {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Context = std::unique_ptr<redisContext, Free>;
using Reply = std::unique_ptr<redisReply, Free>;

Context connect() {
  Context context(redisConnectWithTimeout("127.0.0.1", port, {30, 0}));
  EXPECT(context && context->err == 0, context ? context->errstr : "no memory");
  redisSetTimeout(context.get(), {30, 0});
  return context;
}

void append(const Context& context, const std::vector<std::string>& words) {
  std::vector<const char*> data;
  std::vector<size_t> sizes;
  for (const std::string& word : words) {
    data.push_back(word.data());
    sizes.push_back(word.size());
  }
  EXPECT(redisAppendCommandArgv(context.get(), static_cast<int>(data.size()), data.data(), sizes.data()) == REDIS_OK,
         context->errstr);
}

Reply next(const Context& context) {
  void* reply = nullptr;
  EXPECT(redisGetReply(context.get(), &reply) == REDIS_OK, context->errstr);
  return Reply(static_cast<redisReply*>(reply));
}

std::string text(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER: return std::to_string(reply.integer);
    case REDIS_REPLY_NIL: return "(nil)";
    case REDIS_REPLY_ERROR: return "(error) " + std::string(reply.str, reply.len);
    case REDIS_REPLY_ARRAY: {
      std::string all("[");
      for (size_t i = 0; i < reply.elements; ++i) all.append(i > 0 ? "," : "").append(text(*reply.element[i]));
      return all.append("]");
    }
    default: return {reply.str, reply.len};
  }
}

std::string ask(const Context& context, const std::vector<std::string>& words) {
  append(context, words);
  return text(*next(context));
}

void same(int line, const std::string& got, const std::string& wanted) {
  if (got != wanted) fail(line, "got " + got.substr(0, 200) + ", wanted " + wanted.substr(0, 200));
}
#define SAME(got, wanted) same(__LINE__, got, wanted)

void strings(const Context& client) {
  SAME(ask(client, {"PING"}), "PONG");
  SAME(ask(client, {"SET", "hi:a", "1", "EX", "100"}), "OK");
  SAME(ask(client, {"GET", "hi:a"}), "1");
  SAME(ask(client, {"GET", "hi:nosuch"}), "(nil)");
  const int64_t ttl = corral::protocol::parse_int64(ask(client, {"TTL", "hi:a"})).value_or(-1);
  EXPECT(ttl >= 98 && ttl <= 100, "TTL " + std::to_string(ttl));
  SAME(ask(client, {"MSET", "hi:b", "2", "hi:c", "3"}), "OK");
  SAME(ask(client, {"MGET", "hi:b", "hi:nosuch", "hi:c"}), "[2,(nil),3]");
  SAME(ask(client, {"INCR", "hi:n"}), "1");
  SAME(ask(client, {"INCRBYFLOAT", "hi:n", "0.5"}), "1.5");
  // The library's own formatting of commands.
  const Reply formatted(static_cast<redisReply*>(redisCommand(client.get(), "SET %s %b", "hi:d", "a\0b", size_t{3})));
  SAME(text(*formatted), "OK");
  SAME(ask(client, {"GET", "hi:d"}), std::string("a\0b", 3));
  std::string binary(1 << 20, '\0');
  for (size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 31 % 251);
  for (const std::string& value : {binary, std::string(), std::string("\r\n$-1\r\n"), std::string("naïve 汉字 🐎")}) {
    SAME(ask(client, {"SET", "hi:value", value}), "OK");
    SAME(ask(client, {"GET", "hi:value"}), value);
  }
}

void scans(const Context& client) {
  for (int i = 0; i < 500; ++i) append(client, {"SET", "hi:scan:" + std::to_string(i), ""});
  for (int i = 0; i < 500; ++i) SAME(text(*next(client)), "OK");
  size_t found = 0;
  std::string cursor = "0";
  do {
    append(client, {"SCAN", cursor, "MATCH", "hi:scan:*", "COUNT", "50"});
    const Reply reply = next(client);
    cursor = text(*reply->element[0]);
    found += reply->element[1]->elements;
  } while (cursor != "0");
  SAME(std::to_string(found), "500");
}

void transactions(const Context& client) {
  for (const char* word : {"MULTI", "PING", "EXEC"}) append(client, {word});
  SAME(text(*next(client)), "OK");
  SAME(text(*next(client)), "QUEUED");
  SAME(text(*next(client)), "[PONG]");
  const Context other = connect();
  SAME(ask(client, {"WATCH", "hi:t"}), "OK");
  SAME(ask(other, {"SET", "hi:t", "1"}), "OK");
  SAME(ask(client, {"MULTI"}), "OK");
  SAME(ask(client, {"INCR", "hi:t"}), "QUEUED");
  SAME(ask(client, {"EXEC"}), "(nil)");
}

void errors(const Context& client) {
  SAME(ask(client, {"INCR", "hi:value"}), "(error) ERR value is not an integer or out of range");
  SAME(ask(client, {"NOSUCH", "x"}), "(error) ERR unknown command 'NOSUCH', with args beginning with: 'x' ");
  SAME(ask(client, {"GET"}), "(error) ERR wrong number of arguments for 'get' command");
  SAME(ask(client, {"CLIENT", "SETINFO", "LIB-NAME", "hiredis"}), "OK");
  EXPECT(ask(client, {"CLIENT", "INFO"}).find("lib-name=hiredis") != std::string::npos, "the name is not shown");
}

void reconnects(const Context& client) {
  const std::string id = ask(client, {"CLIENT", "ID"});
  SAME(ask(connect(), {"CLIENT", "KILL", "ID", id}), "1");
  append(client, {"PING"});
  void* reply = nullptr;
  EXPECT(redisGetReply(client.get(), &reply) == REDIS_ERR, "the connection is not closed");
  EXPECT(redisReconnect(client.get()) == REDIS_OK, client->errstr);
  SAME(ask(client, {"GET", "hi:a"}), "1");
}

void herd(const Context& client) {
  const Context other = connect();
  const Context observer = connect();
  SAME(ask(client, {"GET", "cache:hi"}), "(nil)");
  append(other, {"GET", "cache:hi"});
  int done = 0;
  while (done == 0) EXPECT(redisBufferWrite(other.get(), &done) == REDIS_OK, other->errstr);
  while (ask(observer, {"CLIENT", "LIST"}).find(" parked=1") == std::string::npos) {
  }
  SAME(ask(client, {"SET", "cache:hi", "filled", "EX", "60"}), "OK");
  SAME(text(*next(other)), "filled");
}

}  // namespace

int main(int argc, char** argv) {
  port = argc == 2 ? static_cast<int>(corral::protocol::parse_int64(argv[1]).value_or(0)) : 0;
  const Context client = connect();
  for (const auto part : {strings, scans, transactions, errors, reconnects, herd}) part(client);
  std::puts("hiredis: as it should be");
}
