#include "road/program.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "integration/eventually.h"

namespace sonoran::road {
namespace {

// Below those that the system gives to clients (Linux: from 32768), so that none is taken between its choice and its
// use.
constexpr std::uint16_t kLowPort = 20000;
constexpr std::uint16_t kHighPort = 32700;
constexpr std::chrono::seconds kPatience{5};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

sockaddr_in at(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool can_bind(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = at(port);
  const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

}  // namespace

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sonoran-road-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("No folder can be made for a program.");
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::path(const std::string& name) const {
  return name.empty() ? path_ : path_ + "/" + name;
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream file(path(name), std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) throw std::runtime_error("The file '" + path(name) + "' cannot be written.");
  return path(name);
}

std::string Folder::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(path(name), std::ios::binary).rdbuf();
  return text.str();
}

Program::Program(const Command& command, const Folder& folder) : folder_(folder) {
  std::vector<std::string> words = command.words;
  std::vector<std::string> environment = command.environment;
  for (char** one = environ; *one != nullptr; ++one) environment.emplace_back(*one);
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> variables = pointers(environment);
  const std::string log = folder.path("printed");
  const int printed = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {
    // It must not outlive a test that crashes. Only what is safe between fork and exec happens here.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || ::chdir(folder.path().c_str()) != 0) ::_exit(127);
    ::dup2(command.traffic >= 0 ? command.traffic : nothing, STDIN_FILENO);
    ::dup2(command.traffic >= 0 ? command.traffic : printed, STDOUT_FILENO);
    ::dup2(printed, STDERR_FILENO);
    // The sockets of the test are not its: a port that it held would not close.
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execve(arguments[0], arguments.data(), variables.data());
    ::_exit(127);
  }
  ::close(printed);
  ::close(nothing);
  if (command.traffic >= 0) ::close(command.traffic);
  if (process_ < 0) throw std::runtime_error("The program '" + command.words.front() + "' cannot be started.");
}

Program::~Program() {
  if (!running()) return;
  ::kill(process_, SIGTERM);
  if (integration::eventually([this] { return !running(); }, kPatience)) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

bool Program::running() {
  if (process_ > 0 && ::waitpid(process_, nullptr, WNOHANG) != 0) process_ = -1;
  return process_ > 0;
}

std::uint16_t free_port() {
  thread_local std::minstd_rand random{std::random_device()()};
  std::uniform_int_distribution<std::uint16_t> ports(kLowPort, kHighPort);
  for (;;) {
    const std::uint16_t port = ports(random);
    if (can_bind(port)) return port;
  }
}

bool listens(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = at(port);
  const bool connected = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

}  // namespace sonoran::road
