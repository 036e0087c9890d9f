// The file and the command line: syntax, includes, order, and what a wrong line says.
// Threading: one thread.
// See: server/config/config_file.h.
#include "server/config/config_file.h"

#include <gtest/gtest.h>

#include "temporary_directory.h"

namespace corral::config {
namespace {

class ConfigFileTest : public testing::Test {
 protected:
  TemporaryDirectory directory;
  Settings settings;
  OptionTable options{settings};
  std::vector<std::vector<std::string>> policies;
  Directives directives{{"policy", [this](Words words) -> base::Status {
                           if (words.size() < 3) return base::Error{"says too little"};
                           policies.emplace_back(words.begin(), words.end());
                           return base::Ok{};
                         }}};

  std::string load_arguments(std::vector<const char*> arguments) {
    const auto loaded = load(arguments, options, directives);
    return loaded.ok() ? "OK" : loaded.error();
  }
  std::string load_text(std::string_view text) {
    const std::string path = directory.write("corral.conf", text);
    std::string result = load_arguments({path.c_str()});
    // Errors begin with the path.
    return result.starts_with(path) ? result.substr(path.size()) : result;
  }
};

TEST_F(ConfigFileTest, LinesCommentsAndQuotes) {
  EXPECT_EQ(load_text("# a comment\n\n  PORT 7000\r\nrequirepass \"two words\"\n\ttimeout 5\nbind 127.0.0.1 ::1"), "OK");
  EXPECT_EQ(settings.port, 7000);
  EXPECT_EQ(settings.requirepass, "two words");
  EXPECT_EQ(settings.timeout_seconds, 5);
  EXPECT_EQ(settings.bind, (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_EQ(settings.config_file, directory / "corral.conf");
}

TEST_F(ConfigFileTest, TheLastLineWinsAndTheCommandLineLast) {
  const std::string path = directory.write("c.conf", "port 1\nport 2\nhz 50\n");
  EXPECT_EQ(load_arguments({path.c_str(), "--hz", "20", "--bind", "10.0.0.1", "10.0.0.2", "--save", ""}), "OK");
  EXPECT_EQ(settings.port, 2);
  EXPECT_EQ(settings.hz, 20);
  EXPECT_EQ(settings.bind, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
}

TEST_F(ConfigFileTest, TheCommandLineIncludesFilesAtTheirPlace) {
  const std::string path = directory.write("more.conf", "hz 30\nmaxclients 7\n");
  EXPECT_EQ(load_arguments({"--hz", "20", "--include", path.c_str(), "--maxclients", "9"}), "OK");
  EXPECT_EQ(settings.hz, 30);
  EXPECT_EQ(settings.maxclients, 9);
}

TEST_F(ConfigFileTest, NegativeNumbersAreValuesOnTheCommandLine) {
  EXPECT_EQ(load_arguments({"--slowlog-log-slower-than", "-1"}), "OK");
  EXPECT_EQ(settings.slowlog_log_slower_than_us, -1);
  EXPECT_EQ(settings.config_file, "");
}

TEST_F(ConfigFileTest, WrongLinesSayWhereAndWhat) {
  EXPECT_EQ(load_text("port 1\nmaxmemry 1gb\n"), ":2: unknown option \"maxmemry\" (did you mean \"maxmemory\"?)");
  EXPECT_EQ(load_text("polcy a match b\n"), ":1: unknown option \"polcy\" (did you mean \"policy\"?)");
  EXPECT_EQ(load_text("qqqqqq 1\n"), ":1: unknown option \"qqqqqq\"");
  EXPECT_EQ(load_text("\n\nport x"), ":3: port: argument couldn't be parsed into an integer");
  EXPECT_EQ(load_text("port"), ":1: port needs a value");
  EXPECT_EQ(load_text("port 1 2"), ":1: port: wrong number of arguments");
  EXPECT_EQ(load_text("logfile \"open"), ":1: a quote is not closed, or something stands right behind it");
  EXPECT_EQ(load_text("loglevel notce"),
            ":1: loglevel: argument(s) must be one of the following: debug, verbose, notice, warning (did you mean "
            "\"notice\"?)");
  EXPECT_EQ(load_text("appendonly yes"), ":1: appendonly: persistence is not part of this version");
  EXPECT_EQ(load_text("rdbcompression yes"),
            ":1: \"rdbcompression\" is an option of Redis that this version does not have");
  EXPECT_EQ(load_text("policy a match"), ":1: policy: says too little");
  EXPECT_EQ(load_arguments({"--prt", "1"}), "command line: unknown option \"prt\" (did you mean \"port\"?)");
  EXPECT_EQ(load_arguments({"-p", "1"}), "command line: \"-p\" is no option; they start with --");
  EXPECT_EQ(load_arguments({"--port"}), "command line: port needs a value");
  EXPECT_EQ(load_arguments({"--port=1"}), "command line: name and value are two words: port 1");
  EXPECT_EQ(load_arguments({"--include"}), "command line: include takes one file name or pattern");
  EXPECT_EQ(load_arguments({"--include", "/nosuch"}),
            "command line: cannot read \"/nosuch\": No such file or directory");
}

TEST_F(ConfigFileTest, AFileThatIsNotThere) {
  const std::string path = directory / "none.conf";
  EXPECT_EQ(load_arguments({path.c_str()}),
            "cannot read the configuration file \"" + path + "\": No such file or directory");
  EXPECT_EQ(load_arguments({directory.path().c_str()}),
            "cannot read the configuration file \"" + directory.path() + "\": Is a directory");
}

TEST_F(ConfigFileTest, IncludesStandInPlaceAndAreRelative) {
  std::filesystem::create_directory(directory / "more");
  directory.write("more/b.conf", "port 3\npolicy b match b:*\n");
  directory.write("more/a.conf", "port 2\npolicy a match a:*\ninclude c.inc\n");
  directory.write("more/c.inc", "hz 33\n");
  EXPECT_EQ(load_text("port 1\nhz 9\ninclude more/*.conf\npolicy z match z:*\n"), "OK");
  EXPECT_EQ(settings.port, 3);
  EXPECT_EQ(settings.hz, 33);
  EXPECT_EQ(policies, (std::vector<std::vector<std::string>>{
                          {"a", "match", "a:*"}, {"b", "match", "b:*"}, {"z", "match", "z:*"}}));
}

TEST_F(ConfigFileTest, WrongIncludes) {
  EXPECT_EQ(load_text("include none/*.conf"), "OK");
  EXPECT_EQ(load_text("include none.conf"),
            ":1: cannot read \"" + directory / "none.conf" + "\": No such file or directory");
  EXPECT_EQ(load_text("include a b"), ":1: include takes one file name or pattern");
  EXPECT_EQ(load_text("hz 5\ninclude corral.conf"),
            ":2: includes go deeper than 16 files, or one of them includes itself");
  directory.write("bad.conf", "\nprt 1\n");
  const std::string path = directory.write("main.conf", "include bad.conf\n");
  EXPECT_EQ(load_arguments({path.c_str()}), directory / "bad.conf" + ":2: unknown option \"prt\" (did you mean \"port\"?)");
}

TEST_F(ConfigFileTest, DirIsChangedInto) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::create_directory(directory / "data");
  const std::string path = directory.write("c.conf", "dir " + directory / "data" + "\n");
  EXPECT_EQ(load_arguments({path.c_str()}), "OK");
  EXPECT_EQ(std::filesystem::current_path(), directory / "data");
  EXPECT_EQ(options.get(*options.find("dir")), directory / "data");
  std::filesystem::current_path(before);
  EXPECT_EQ(load_text("dir /no/such/place"),
            ":1: dir: there is no directory \"/no/such/place\" (No such file or directory)");
}

}  // namespace
}  // namespace corral::config
