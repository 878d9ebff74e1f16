#include "cad_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace sonoran::bench {
namespace {

namespace json = boost::json;

/// The requests of the file so far; a line that is not whole yet is left out.
std::vector<json::object> read_requests(const std::string& path) {
  std::vector<json::object> requests;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line) && !file.eof();) requests.push_back(json::parse(line).as_object());
  return requests;
}

}  // namespace

CadProcess::CadProcess(std::vector<std::string> options) {
  static std::atomic<int> count{0};
  requests_file_ = std::filesystem::temp_directory_path() /
                   ("sonoran-bench-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".jsonl");
  std::vector<std::string> words = {SONORAN_CAD, "--with-parent", "--requests", requests_file_};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("No pipe to the CAD simulator could be made.");
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  const int failed = ::posix_spawn(&pid_, SONORAN_CAD, &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  input_ = input[1];
  if (failed != 0) throw std::runtime_error("The CAD simulator " SONORAN_CAD " did not start.");

  std::string line;
  for (char letter = 0; ::read(output[0], &letter, 1) == 1 && letter != '\n';) line += letter;
  ::close(output[0]);
  if (line.empty()) throw std::runtime_error("The CAD simulator ended before it was ready.");
  const json::value ready = json::parse(line);
  https_url_ = ready.at("https_url").as_string().c_str();
  ca_file_ = ready.at("ca_file").as_string().c_str();
}

CadProcess::~CadProcess() {
  if (input_ >= 0) ::close(input_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  std::remove(requests_file_.c_str());
}

std::map<std::string, std::int64_t> CadProcess::panics() const {
  std::map<std::string, std::int64_t> arrived;
  for (const json::object& request : read_requests(requests_file_)) {
    if (request.at("operation").as_string() != "setUnitPanic") continue;
    const json::value body = json::parse(request.at("body").as_string());
    for (const json::value& unit : body.at("communityUserIds").as_array()) {
      arrived.emplace(unit.as_string().c_str(), request.at("monotonic_us").to_number<std::int64_t>());
    }
  }
  return arrived;
}

std::size_t CadProcess::requests(const std::string& operation) const {
  std::size_t count = 0;
  for (const json::object& request : read_requests(requests_file_)) {
    if (request.at("operation").as_string() == operation.c_str()) ++count;
  }
  return count;
}

}  // namespace sonoran::bench
