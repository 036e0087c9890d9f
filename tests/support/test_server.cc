// Drives the dispatcher as a worker would.
// Threading: one thread.
// See: test_server.h.
#include "tests/support/test_server.h"

#include <stdexcept>

#include "server/dispatch/blocking.h"
#include "server/dispatch/loading.h"
#include "server/dispatch/parking.h"
#include "server/dispatch/permissions.h"
#include "tests/support/raw_connection.h"
#include "tests/support/reply_encoding.h"

namespace corral::test_support {
namespace {

constexpr uint64_t kSeed = 7;
constexpr int64_t kHousekeepingUs = 1000;

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < line.size()) {
    const size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) words.emplace_back(line.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

TestServer::TestServer(const std::vector<std::string>& options, const std::vector<std::string>& policies) {
  for (const std::string& line : options) {
    std::vector<std::string> words = split(line);
    const config::Option* option = options_.find(words[0]);
    if (option == nullptr) throw std::invalid_argument("no such option: " + words[0]);
    words.erase(words.begin());
    if (const base::Status set = options_.set_words(*option, words); !set) throw std::invalid_argument(set.error());
  }
  parts_ = std::make_unique<Parts>(clock_, log_, settings_, options_, base::HashSecret::from_seed(kSeed), kSeed, 1);
  for (const std::string& line : policies) {
    const std::vector<std::string> words = split(line);
    const std::vector<std::string_view> rest(words.begin() + 1, words.end());
    auto policy = stampede::Policy::parse(words[0], rest);
    if (!policy) throw std::invalid_argument(policy.error());
    services().cache.change_policies([&](const auto& current) { return current.with(policy.value()); });
  }
  state_ = std::make_unique<dispatch::WorkerState>(0, kSeed, *this, parts_->stats(0));
  dispatcher_ = std::make_unique<dispatch::Dispatcher>(services(), *state_);
  housekeeper_ = std::make_unique<dispatch::Housekeeper>(services(), *state_);
  connect();
  turn();
}

TestServer::~TestServer() {
  for (const auto& client : clients_) client->disconnect();
}

TestServer::Client& TestServer::connect() {
  auto& client = *clients_.emplace_back(new Client(*this));
  client.session_.record = services().clients.add(0, 3, "127.0.0.1:1234", "127.0.0.1:6379", clock_.wall_ms());
  client.session_.id = client.session_.record->id;
  dispatch::become_default(services(), client.session_);
  state_->sessions.emplace(client.session_.id, &client.session_);
  return client;
}

void TestServer::post(uint32_t /*worker*/, dispatch::Message message) { mailbox_.push_back(std::move(message)); }

void TestServer::handle(dispatch::Message& message) {
  if (auto* answer = std::get_if<dispatch::AnswerMessage>(&message)) {
    dispatch::queue_answers(*state_, std::move(*answer));
  } else if (auto* unblock = std::get_if<dispatch::UnblockMessage>(&message)) {
    const auto at = state_->sessions.find(unblock->client);
    if (at == state_->sessions.end()) return;
    dispatch::give_up_all(services(), *state_, *at->second,
                          unblock->with_error ? dispatch::GiveUp::kUnblockError : dispatch::GiveUp::kUnblock);
  } else if (auto* served = std::get_if<dispatch::ServedMessage>(&message)) {
    dispatch::deliver_served(services(), *state_, *served);
  } else if (auto* loaded = std::get_if<dispatch::LoadedMessage>(&message)) {
    dispatch::finish_load(services(), *state_, *loaded);
  } else if (auto* retry = std::get_if<dispatch::RetryMessage>(&message)) {
    dispatcher_->retry_blocked(*retry);
  } else if (auto* kill = std::get_if<dispatch::KillMessage>(&message)) {
    for (const auto& client : clients_) {
      if (client->session_.id == kill->client) client->disconnect();
    }
  } else if (auto* line = std::get_if<dispatch::MonitorMessage>(&message)) {
    for (const uint64_t id : state_->monitors) state_->sessions.at(id)->output.tail().append(*line->line);
  }
}

void TestServer::advance_ms(int64_t ms) {
  clock_.advance_ms(ms);
  dispatcher_->begin_turn(clock_.wall_us());
  std::vector<dispatch::Message> arrived;
  arrived.swap(mailbox_);
  for (dispatch::Message& message : arrived) handle(message);
  dispatcher_->deliver_answers();
  dispatch::run_timers(services(), *state_, 1000);
  dispatch::run_block_timers(services(), *state_, 1000);
  dispatcher_->deliver_answers();
  run_resumed();
  dispatch::send_loads(services(), *state_);
  housekeeper_->run(kHousekeepingUs);
}

void TestServer::run_resumed() {
  std::vector<uint64_t> resumed;
  resumed.swap(state_->resumed);
  for (const uint64_t id : resumed) {
    for (const auto& client : clients_) {
      if (client->session_.id == id && !client->closed_) client->run_behind();
    }
  }
}

std::string TestServer::Client::take() {
  std::string bytes = bytes_of(session_.output.ready());
  session_.output.ready().clear();
  return bytes;
}

std::string TestServer::Client::run(std::string_view line) { return run_words(split(line)); }

void TestServer::Client::run_behind() {
  while (!behind_.empty() && !session_.has(session::kBlocked)) {
    const std::vector<std::string> words = std::move(behind_.front());
    behind_.pop_front();
    execute(words);
  }
}

std::string TestServer::Client::run_words(const std::vector<std::string>& words) {
  if (session_.has(session::kBlocked) || !behind_.empty()) {
    behind_.push_back(words);
    return take();
  }
  const dispatch::After after = execute(words);
  std::string out = take();
  return after == dispatch::After::kHoldBack ? "(held back)" : out;
}

dispatch::After TestServer::Client::execute(const std::vector<std::string>& words) {
  const std::vector<protocol::Bytes> arguments(words.begin(), words.end());
  dispatch::Request request;
  request.session = &session_;
  request.arguments = arguments;
  server_.dispatcher_->note_input(encode_request(words).size());
  server_.dispatcher_->begin_batch();
  server_.dispatcher_->resolve(request);
  server_.dispatcher_->prefetch_bucket(request);
  server_.dispatcher_->prefetch_entries(request);
  const dispatch::After after = server_.dispatcher_->execute(request);
  if (after == dispatch::After::kClose) disconnect();
  return after;
}

std::string TestServer::Client::pipeline(const std::vector<std::string>& lines) {
  session_.pipelined_until_ms = server_.now_ms() + 10000;
  std::string out;
  for (const std::string& line : lines) out += run(line);
  return out;
}

void TestServer::Client::disconnect() {
  if (closed_) return;
  closed_ = true;
  session_.set(session::kClosing);
  dispatch::abandon(server_.services(), *server_.state_, session_);
  std::erase(server_.state_->monitors, session_.id);
  server_.state_->sessions.erase(session_.id);
  server_.services().clients.remove(session_.id);
  server_.dispatcher_->deliver_answers();
}

}  // namespace corral::test_support
