// Removals during a fill: tainted leases, generations, and the guard against old values.
// Threading: one thread.
// See: server/stampede/README.md, "Guard".
#include "tests/server/stampede/flights_fixture.h"

namespace corral::stampede {
namespace {

constexpr ClientId kRemover = 90;

std::vector<ClientId> clients(const std::vector<FlightsTest::Answered>& answered) {
  std::vector<ClientId> out;
  for (const auto& one : answered) out.push_back(one.client);
  return out;
}

TEST_F(FlightsTest, ARemovalTaintsTheLeaseAndLaterReadersElectAnew) {
  const uint64_t token = elect_and_park(2);
  remove(kRemover);
  EXPECT_FALSE(flights.lease_is_good(at(), token));
  EXPECT_FALSE(flights.holds_lease(at(), 1));
  EXPECT_EQ(read(3).verdict, Verdict::kElected);
  EXPECT_EQ(read(4).verdict, Verdict::kParked);
  EXPECT_EQ(flights.figures().leases, 2u);
}

TEST_F(FlightsTest, WithoutGuardAnyWriteEndsAllGenerations) {
  elect_and_park(2);
  remove(kRemover);
  read(3);
  read(4);
  EXPECT_FALSE(write(1).mark_stale);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2, 4}));
  EXPECT_EQ(answer_calls, 1);
  EXPECT_EQ(flights.figures().leases, 0u);
}

TEST_F(FlightsTest, GuardStoresATaintedFillStaleAndAnswersItsOwnWaitersOnly) {
  policy.guard = true;
  elect_and_park(2);
  remove(kRemover);
  read(3);
  read(4);
  EXPECT_TRUE(write(1, "old").mark_stale);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2}));
  EXPECT_FALSE(write(3, "new").mark_stale);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2, 4}));
  EXPECT_EQ(answered[1].value, "new");
}

TEST_F(FlightsTest, GuardDistrustsTheFirstWriteOfAStranger) {
  policy.guard = true;
  elect_and_park(1);
  remove(kRemover);
  EXPECT_TRUE(write(50).mark_stale);
  EXPECT_FALSE(write(51).mark_stale);
}

TEST_F(FlightsTest, GuardTrustsTheOneWhoRemoved) {
  policy.guard = true;
  elect_and_park(2);
  remove(kRemover);
  EXPECT_FALSE(write(kRemover).mark_stale);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2}));
  EXPECT_TRUE(write(1).mark_stale);  // the tainted filler still comes later
}

TEST_F(FlightsTest, GuardTrustsNobodyAfterTwoRemovers) {
  policy.guard = true;
  elect_and_park(1);
  remove(kRemover);
  remove(kRemover + 1);
  EXPECT_TRUE(write(kRemover).mark_stale);
}

TEST_F(FlightsTest, GuardOutlivesTheNewerFill) {
  policy.guard = true;
  elect_and_park(1);
  remove(kRemover);
  read(3);
  EXPECT_FALSE(write(3).mark_stale);
  EXPECT_TRUE(write(1).mark_stale);
  EXPECT_FALSE(write(1).mark_stale);
  EXPECT_TRUE(flights.idle());
}

TEST_F(FlightsTest, GuardEndsWithTheTaintedLease) {
  policy.guard = true;
  const uint64_t token = elect_and_park(1);
  remove(kRemover);
  read(3);
  write(3);
  advance(1000);
  deadline(token);
  EXPECT_FALSE(write(1).mark_stale);
  EXPECT_EQ(stats().failed_leases, 0u);
}

TEST_F(FlightsTest, GuardDoesNotActWithoutARemoval) {
  policy.guard = true;
  elect_and_park(2);
  EXPECT_FALSE(write(1).mark_stale);
  EXPECT_FALSE(write(1).mark_stale);
}

TEST_F(FlightsTest, AThirdGenerationMergesTheTwoBefore) {
  elect_and_park(2);
  remove(kRemover);
  read(3);
  read(4);
  remove(kRemover);
  read(5);
  read(6);
  EXPECT_EQ(flights.figures().leases, 2u);
  EXPECT_EQ(flights.figures().waiters, 3u);
  write(5);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2, 4, 6}));
}

TEST_F(FlightsTest, ATaintedLeaseThatFailsHandsItsWaitersToTheNewerFiller) {
  const uint64_t token = elect_and_park(2);
  remove(kRemover);
  read(3);
  read(4);
  EXPECT_TRUE(end(token));
  EXPECT_TRUE(answered.empty());
  write(3);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2, 4}));
}

TEST_F(FlightsTest, ATaintedLeaseThatFailsAlonePromotesIntoAnUntaintedOne) {
  const uint64_t token = elect_and_park(3);
  remove(kRemover);
  end(token);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].cause, AnswerCause::kPromoted);
  EXPECT_TRUE(flights.lease_is_good(at(), answered[0].token));
  EXPECT_EQ(read(5).verdict, Verdict::kParked);
}

TEST_F(FlightsTest, AHedgeForATaintedLeaseStartsTheNextGeneration) {
  const uint64_t token = elect_and_park(3);
  remove(kRemover);
  advance(250);
  deadline(token);
  ASSERT_EQ(answered.size(), 1u);
  EXPECT_EQ(answered[0].client, 2u);
  EXPECT_TRUE(flights.lease_is_good(at(), answered[0].token));
  EXPECT_EQ(read(5).verdict, Verdict::kParked);
  write(2);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2, 3, 5}));
}

TEST_F(FlightsTest, NothingThereFromBeforeARemovalIsGoodForItsOwnWaitersOnly) {
  const uint64_t token = elect_and_park(2);
  remove(kRemover);
  read(3);
  read(4);
  end(token, 1000);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2}));
  EXPECT_EQ(read(5).verdict, Verdict::kParked);
}

TEST_F(FlightsTest, ASoftInvalidationDuringARefreshElectsAgain) {
  EXPECT_EQ(read(1, KeyState::kStale).verdict, Verdict::kElected);
  remove(kRemover);
  EXPECT_EQ(read(2, KeyState::kStale).verdict, Verdict::kElected);
  EXPECT_EQ(read(3, KeyState::kStale).verdict, Verdict::kServeStale);
}

Reader tagged(Reader reader, uint64_t tags) {
  reader.tags = tags;
  return reader;
}

TEST_F(FlightsTest, AnInvalidatedTagTaintsTheLeaseLikeARemoval) {
  const uint64_t token = read(tagged(reader(1), 5)).token;
  EXPECT_EQ(read(tagged(reader(2), 5)).verdict, Verdict::kParked);
  EXPECT_TRUE(flights.lease_is_good(at(), token, 5));
  EXPECT_FALSE(flights.lease_is_good(at(), token, 6));
  EXPECT_TRUE(flights.lease_is_good(at(), token));  // whoever does not ask for tags
  EXPECT_EQ(read(tagged(reader(3), 6)).verdict, Verdict::kElected);
  EXPECT_FALSE(flights.lease_is_good(at(), token));
  EXPECT_EQ(flights.figures().leases, 2u);
}

TEST_F(FlightsTest, GuardStoresAFillFromBeforeATagsInvalidationStale) {
  policy.guard = true;
  read(tagged(reader(1), 5));
  read(tagged(reader(2), 5));
  EXPECT_TRUE(write(1, "old", "k", 6).mark_stale);
  EXPECT_EQ(clients(answered), (std::vector<ClientId>{2}));
  EXPECT_EQ(read(tagged(reader(3), 6), KeyState::kStale).verdict, Verdict::kElected);
  EXPECT_FALSE(write(3, "new", "k", 6).mark_stale);
}

TEST_F(FlightsTest, WithoutGuardAFillIsTakenWhateverItsTagsDid) {
  read(tagged(reader(1), 5));
  EXPECT_FALSE(write(1, "old", "k", 6).mark_stale);
}

TEST_F(FlightsTest, APromotedReaderReadsTheOriginAfterTheInvalidation) {
  policy.guard = true;
  const uint64_t token = read(tagged(reader(1), 5)).token;
  read(tagged(reader(2), 5));
  EXPECT_TRUE(flights.end_lease(at(), token, -1, &policy, now_us, *this, 6));  // client 2 is promoted
  EXPECT_EQ(read(tagged(reader(3), 6)).verdict, Verdict::kParked);
  EXPECT_FALSE(write(2, "new", "k", 6).mark_stale);
}

}  // namespace
}  // namespace corral::stampede
