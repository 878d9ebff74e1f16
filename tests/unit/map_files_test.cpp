#include "runtime/map_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/limits.h"

namespace sonoran::runtime {
namespace {

namespace fs = std::filesystem;

/// Files in a folder of their own, and what the console says when they are read.
struct MapFilesTest : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("sonoran-map-" + std::to_string(::getpid()));
  Settings settings;
  state::MapFiles files;
  std::vector<LogLine> log;

  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }
  std::string write(const char* name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return (folder / name).string();
  }
  void read() {
    log.clear();
    files = read_map_files(settings, files, log);
  }
  /// The only log line, which must be a warning of one sentence.
  std::string warning() {
    EXPECT_EQ(log.size(), 1U);
    if (log.size() != 1) return "";
    EXPECT_EQ(log[0].level, LogLevel::kWarn);
    EXPECT_EQ(log[0].text.find('\n'), std::string::npos);
    EXPECT_TRUE(log[0].text.ends_with("."));
    return log[0].text;
  }
};

constexpr const char* kList = R"([{"code":"8040","x":0,"y":0},{"code":12,"x":100,"y":0}])";

TEST_F(MapFilesTest, WithoutSettingsThereIsNothingToReadAndNothingToSay) {
  read();
  EXPECT_EQ(files.postals, nullptr);
  ASSERT_NE(files.models, nullptr);
  EXPECT_EQ(files.models->size(), 0U);
  EXPECT_TRUE(log.empty());
}

TEST_F(MapFilesTest, GoodFilesAreTakenAndReadAnew) {
  settings.postals = write("postals.json", kList);
  settings.vehicles = write("vehicles.json", R"({"car":{"model":"https://example.com/c.glb"},"tank":{}})");
  read();
  ASSERT_NE(files.postals, nullptr);
  EXPECT_EQ(files.postals->nearest(90, 0), "12");
  EXPECT_EQ(files.models->size(), 1U);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_NE(log[0].text.find("the nearest of 2 postals"), std::string::npos);
  EXPECT_NE(log[1].text.find("models for 1 kinds"), std::string::npos);
  EXPECT_NE(log[2].text.find("'tank'"), std::string::npos);
  write("postals.json", R"([{"code":"new","x":0,"y":0}])");
  write("vehicles.json", "{}");
  read();
  EXPECT_EQ(files.postals->nearest(90, 0), "new");
  EXPECT_EQ(files.models->size(), 0U);
  settings.postals.clear();
  read();
  EXPECT_EQ(files.postals, nullptr) << "no longer named";
}

TEST_F(MapFilesTest, ABadFileIsOneSentenceAndChangesNothing) {
  const std::string good = write("postals.json", kList);
  settings.postals = good;
  read();
  const auto before = files.postals;
  const std::string large(limits::kMapFileBytes + 1, ' ');
  const std::vector<std::pair<std::string, std::string>> bad = {
      {write("broken.json", "[{"), "is not valid JSON"},
      {write("large.json", large), "has more than 1024 KiB"},
      {write("entry.json", R"([{"code":1,"x":"a","y":1}])"), "has an entry 1 without a good x or y"},
      {(folder / "missing.json").string(), "is not there"},
      {folder.string(), "is no file"},
      {"//host/share/postals.json", "is no path of a file of this machine"},
  };
  for (const auto& [path, message] : bad) {
    settings.postals = path;
    read();
    const std::string said = warning();
    EXPECT_NE(said.find("sonoran_bridge_postals is '" + path + "', which " + message.substr(0, 5)), std::string::npos)
        << said;
    EXPECT_NE(said.find(message), std::string::npos) << said;
    EXPECT_NE(said.find("the list from before stays"), std::string::npos) << said;
    EXPECT_EQ(files.postals, before);
  }
  files = {};
  read();
  EXPECT_NE(warning().find("no postal is shown"), std::string::npos);
  EXPECT_EQ(files.postals, nullptr);
}

TEST_F(MapFilesTest, ABadTableOfVehiclesKeepsTheOneFromBefore) {
  settings.vehicles = write("vehicles.json", R"({"car":{"model":"https://example.com/c.glb"}})");
  read();
  const auto before = files.models;
  write("vehicles.json", R"({"car":{"model":"car.glb"}})");
  read();
  EXPECT_NE(warning().find("the table from before stays"), std::string::npos);
  EXPECT_EQ(files.models, before);
}

TEST_F(MapFilesTest, APipeKeepsNobodyWaiting) {
  const std::string pipe = (folder / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  settings.postals = pipe;
  read();
  EXPECT_NE(warning().find("is no file"), std::string::npos);
}

}  // namespace
}  // namespace sonoran::runtime
