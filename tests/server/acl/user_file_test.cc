// ACL files and `user` lines.
// Threading: one thread.
// See: server/acl/README.md, "Files".
#include "server/acl/user_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "server/acl/user_rules.h"
#include "tests/server/acl/sample_catalog.h"

namespace corral::acl {
namespace {

class UserFile : public testing::Test {
 protected:
  UserFile() { std::filesystem::create_directories(directory); }
  ~UserFile() override { std::filesystem::remove_all(directory); }
  void write(const std::string& text) const { std::ofstream(path) << text; }
  std::string text() const { return text_of_users(*users.table(), users.catalog()); }

  const std::string directory = testing::TempDir() + "corral-acl-" + std::to_string(getpid());
  const std::string path = directory + "/users.acl";
  Users users{sample_catalog()};
};

TEST_F(UserFile, LoadsAndSaves) {
  write("user alice on nopass ~a* +get (+set ~b)\n\n  user bob off\r\n");
  ASSERT_TRUE(load_users(path, users));
  const std::string expected =
      "user alice on nopass ~a* resetchannels -@all +@read (~b resetchannels -@all +@write)\n"
      "user bob off resetchannels -@all\nuser default on nopass ~* &* +@all\n";
  EXPECT_EQ(text(), expected);
  ASSERT_TRUE(save_users(path, users));
  Users others(sample_catalog());
  ASSERT_TRUE(load_users(path, others));
  EXPECT_EQ(text_of_users(*others.table(), others.catalog()), expected);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1)
      << "nothing is left beside it";
}

TEST_F(UserFile, AllOrNothingWithAllMistakes) {
  write(
      "user alice on\nuser x +nope +alsonope\n# no comments\nuser alice off\nuser y (+get\nuser z bad "
      "worse\n");
  const std::string before = text();
  const base::Status status = load_users(path, users);
  ASSERT_FALSE(status);
  EXPECT_EQ(
      status.error(),
      path + ":2: Error in applying operation '+nope': Unknown command or category name in ACL. " + path +
          ":2: Error in applying operation '+alsonope': Unknown command or category name in ACL. " + path +
          ":3 should start with user keyword followed by the username. WARNING: Duplicate user 'alice' found "
          "on line 4. " +
          path + ":5: Unmatched parenthesis in selector definition." + path +
          ":6: Syntax error. WARNING: ACL errors detected, no change to the previously active ACL rules was "
          "performed");
  EXPECT_EQ(text(), before);
}

TEST_F(UserFile, LoadedUsersAreOthersButDefaultStays) {
  write("user alice on\n");
  ASSERT_TRUE(load_users(path, users));
  const uint64_t alice = users.find("alice")->number();
  const uint64_t normal = users.find("default")->number();
  ASSERT_TRUE(load_users(path, users));
  EXPECT_NE(users.find("alice")->number(), alice);
  EXPECT_EQ(users.find("default")->number(), normal);
}

TEST_F(UserFile, NoFile) {
  EXPECT_EQ(load_users(path, users).error(),
            "Error loading ACLs, opening file '" + path + "': No such file or directory");
}

TEST_F(UserFile, UserLines) {
  const std::vector<std::string> kGood{"alice", "on", "(+get", "~a)", "+set"};
  ASSERT_TRUE(declare_user(kGood, users));
  EXPECT_NE(text().find("user alice on resetchannels -@all +@write (~a resetchannels -@all +@read)\n"),
            std::string::npos)
      << text();
  const std::vector<std::string> kDefault{"default", "on", "+get"};
  ASSERT_TRUE(declare_user(kDefault, users));
  EXPECT_TRUE(users.login_required()) << "it has no password, and does not do without";
  for (const auto& wrong : {std::vector<std::string>{}, {"x", "+nope"}, {"x", "(+get"}})
    EXPECT_FALSE(declare_user(wrong, users));
}

}  // namespace
}  // namespace corral::acl
