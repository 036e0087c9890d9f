// CONFIG REWRITE: what changes in the file and what must not.
// Threading: one thread.
// See: server/config/config_rewrite.h.
#include "server/config/config_rewrite.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "server/config/config_file.h"
#include "temporary_directory.h"

namespace corral::config {
namespace {

class ConfigRewriteTest : public testing::Test {
 protected:
  TemporaryDirectory directory;
  Settings settings;
  OptionTable options{settings};
  std::vector<std::string> in_force;

  // Stand-in for the real form: words with one space between them, "jitter 10%" being the default.
  static base::Result<std::string> canonical(Words words) {
    std::string line;
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "jitter" && i + 1 < words.size() && words[i + 1] == "10%") {
        ++i;
        continue;
      }
      if (!line.empty()) line += ' ';
      line += words[i];
    }
    return line;
  }
  std::vector<std::string> users;
  Declared policies() const { return {in_force, canonical, users}; }

  void load_text(std::string_view text) {
    const std::string path = directory.write("corral.conf", text);
    const Directives directives{{"policy", [this](Words words) -> base::Status {
                                   in_force.push_back(canonical(words).value());
                                   return base::Ok{};
                                 }},
                                {"user", [this](Words words) -> base::Status {
                                   std::string& line = users.emplace_back(words[0]);
                                   for (const std::string& word : words.subspan(1)) line += " " + word;
                                   return base::Ok{};
                                 }}};
    const char* arguments[] = {path.c_str()};
    const auto loaded = load(arguments, options, directives);
    ASSERT_TRUE(loaded.ok()) << loaded.error();
  }
  void set(std::string_view name, std::string_view value) {
    const OptionTable::Change change{name, value};
    EXPECT_EQ(options.set({&change, 1}), std::nullopt);
  }
  std::string rewrite() {
    const base::Status status = rewrite_file(options, policies());
    if (!status.ok()) return "error: " + status.error();
    return TemporaryDirectory::read(directory / "corral.conf");
  }
};

TEST_F(ConfigRewriteTest, NothingChangedNothingWritten) {
  const std::string text = "# mine\n\nPort   7000 \n  maxmemory 1048576\npolicy a  match a:* jitter 10%\n#end";
  load_text(text);
  EXPECT_EQ(rewrite(), text);
}

TEST_F(ConfigRewriteTest, ChangesInPlaceAndAppendsTheRest) {
  load_text("# mine\nmaxmemory 1mb\n# between\ntimeout 3\n");
  set("maxmemory", "2mb");
  set("slowlog-max-len", "7");
  set("requirepass", "a \"b\"");
  EXPECT_EQ(rewrite(),
            "# mine\nmaxmemory 2mb\n# between\ntimeout 3\n# Written by CONFIG REWRITE:\nrequirepass \"a \\\"b\\\"\"\n"
            "slowlog-max-len 7\n");
  set("hz", "11");
  EXPECT_EQ(rewrite(),
            "# mine\nmaxmemory 2mb\n# between\ntimeout 3\n# Written by CONFIG REWRITE:\nrequirepass \"a \\\"b\\\"\"\n"
            "slowlog-max-len 7\nhz 11\n");
}

TEST_F(ConfigRewriteTest, ADefaultSetAtRunTimeReplacesTheLine) {
  load_text("timeout 3\ntimeout 4\n");
  set("timeout", "0");
  EXPECT_EQ(rewrite(), "timeout 3\ntimeout 0\n");
}

TEST_F(ConfigRewriteTest, WinsAgainstAnIncludeThatComesLater) {
  directory.write("more.conf", "timeout 9\n");
  load_text("timeout 3\ninclude more.conf\n");
  EXPECT_EQ(settings.timeout_seconds, 9);
  set("timeout", "5");
  EXPECT_EQ(rewrite(), "timeout 5\ninclude more.conf\n# Written by CONFIG REWRITE:\ntimeout 5\n");
  EXPECT_EQ(TemporaryDirectory::read(directory / "more.conf"), "timeout 9\n");
}

TEST_F(ConfigRewriteTest, OutputLimitsOfSeveralLines) {
  load_text("client-output-buffer-limit normal 1 1 1\nclient-output-buffer-limit pubsub 2 2 2\n");
  set("client-output-buffer-limit", "normal 5 5 5");
  EXPECT_EQ(rewrite(),
            "client-output-buffer-limit normal 1 1 1\n"
            "client-output-buffer-limit normal 5 5 5 slave 268435456 67108864 60 pubsub 2 2 2\n");
}

TEST_F(ConfigRewriteTest, PoliciesAreReplacedRemovedAndAppended) {
  load_text("policy a match a:*\n# keep\npolicy b match b:*\npolicy c match c:* jitter 10%\n");
  in_force = {"a match a:* stale 9s", "c match c:*", "d match d:*"};
  EXPECT_EQ(rewrite(),
            "policy a match a:* stale 9s\n# keep\npolicy c match c:* jitter 10%\n# Written by CONFIG REWRITE:\n"
            "policy d match d:*\n");
}

TEST_F(ConfigRewriteTest, TheOrderOfPoliciesIsKept) {
  load_text("policy a match a:*\n# between\npolicy b match b:*\n");
  in_force = {"b match b:*", "a match a:*"};
  EXPECT_EQ(rewrite(), "policy b match b:*\npolicy a match a:*\n# between\n");
}

TEST_F(ConfigRewriteTest, PoliciesOfAnIncludedFileCannotBeTakenBack) {
  directory.write("more.conf", "policy a match a:*\n");
  load_text("include more.conf\n");
  in_force.clear();
  EXPECT_EQ(rewrite(),
            "error: an included file has policies that were changed or deleted at run time; edit it by hand");
  EXPECT_EQ(TemporaryDirectory::read(directory / "corral.conf"), "include more.conf\n");
}

TEST_F(ConfigRewriteTest, AFileThatBecameWrongIsLeftAlone) {
  load_text("timeout 1\n");
  directory.write("corral.conf", "timeout 1\nnonsense\n");
  set("timeout", "2");
  EXPECT_EQ(rewrite(), "error: " + directory / "corral.conf" + ":2: unknown option \"nonsense\"");
}

TEST_F(ConfigRewriteTest, ModeAndLinkStay) {
  const std::string target = directory.write("real.conf", "timeout 1\n");
  ASSERT_EQ(chmod(target.c_str(), 0640), 0);
  std::filesystem::create_symlink(target, directory / "link.conf");
  settings.config_file = directory / "link.conf";
  set("timeout", "2");
  ASSERT_TRUE(rewrite_file(options, policies()).ok());
  EXPECT_EQ(TemporaryDirectory::read(target), "timeout 2\n");
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "link.conf"));
  struct stat state {};
  ASSERT_EQ(stat(target.c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777, 0640u);
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path())) ++files;
  EXPECT_EQ(files, 2u);
}

TEST_F(ConfigRewriteTest, Users) {
  load_text("# mine\nuser a on +get\ntimeout 3\nuser b off\n");
  EXPECT_EQ(rewrite(), "# mine\nuser a on +get\ntimeout 3\nuser b off\n");
  users = {"a on +set", "c off"};
  EXPECT_EQ(rewrite(), "# mine\nuser a on +set\nuser c off\ntimeout 3\n");
  users.clear();
  EXPECT_EQ(rewrite(), "# mine\ntimeout 3\n");
  users = {"d on"};
  EXPECT_EQ(rewrite(), "# mine\ntimeout 3\n# Written by CONFIG REWRITE:\nuser d on\n");
}

TEST_F(ConfigRewriteTest, UsersOfAnIncludedFileCannotBeUndone) {
  directory.write("users.conf", "user a on\n");
  const std::string text = "include users.conf\n";
  load_text(text);
  EXPECT_EQ(rewrite(), text);
  users = {"a off"};
  EXPECT_EQ(rewrite(), "error: an included file has users that were changed or deleted at run time; edit it by hand");
}

}  // namespace
}  // namespace corral::config
