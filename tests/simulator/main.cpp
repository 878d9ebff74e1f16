// cad_simulator: the CAD simulator as a program of its own.
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "simulator/command_line.h"

namespace {

namespace asio = boost::asio;
using sonoran::simulator::CommandLine;
using sonoran::simulator::Ready;
using sonoran::simulator::Simulator;

constexpr int kBadOption = 2;

std::string line_of(const Ready& ready) {
  return boost::json::serialize(boost::json::object{{"http_port", ready.http_port},
                                                    {"https_port", ready.https_port},
                                                    {"admin_port", ready.admin_port},
                                                    {"http_url", ready.http_url},
                                                    {"https_url", ready.https_url},
                                                    {"admin_url", ready.admin_url},
                                                    {"ca_file", ready.ca_file},
                                                    {"pid", ::getpid()}});
}

/// Written under another name and renamed, so that nobody reads half of it.
void write_ready_file(const std::string& path, const std::string& line) {
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft, std::ios::binary | std::ios::trunc);
    file << line << std::endl;
    if (!file) throw std::runtime_error("The file '" + draft + "' cannot be written.");
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    throw std::runtime_error("The file '" + path + "' cannot be written.");
}

/// Reads the standard input to its end, and then stops the loop.
class ParentWatch {
 public:
  explicit ParentWatch(asio::io_context& loop) : loop_(loop), input_(loop, ::dup(STDIN_FILENO)) { read(); }

 private:
  void read() {
    input_.async_read_some(asio::buffer(scratch_), [this](const boost::system::error_code& error, std::size_t) {
      if (error) {
        loop_.stop();
      } else {
        read();
      }
    });
  }

  asio::io_context& loop_;
  asio::posix::stream_descriptor input_;
  std::array<char, 256> scratch_{};
};

int run(const CommandLine& line) {
  asio::io_context loop(1);  // of the signals; the simulator has its own
  asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });
  auto options = line.options;
  options.stop_asked = [&loop] { loop.stop(); };

  Simulator simulator(options);
  const std::string ready = line_of(simulator.start());
  if (!line.ready_file.empty()) write_ready_file(line.ready_file, ready);
  std::cout << ready << std::endl;
  std::optional<ParentWatch> parent;
  if (line.with_parent) parent.emplace(loop);
  loop.run();
  simulator.stop();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int count, char** words) {
  // The program goes on when the reader of its output goes away.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const CommandLine line = sonoran::simulator::parse_command_line(count, words, std::getenv("CAD_SIMULATOR_KEY"));
    if (line.help) {
      std::cout << sonoran::simulator::kHelp;
      return EXIT_SUCCESS;
    }
    if (line.version) {
      std::cout << "cad_simulator " SONORAN_VERSION "\n";
      return EXIT_SUCCESS;
    }
    return run(line);
  } catch (const std::invalid_argument& complaint) {
    std::cerr << "cad_simulator: " << complaint.what() << '\n';
    return kBadOption;
  } catch (const std::exception& failure) {
    std::cerr << "cad_simulator: " << failure.what() << '\n';
    return EXIT_FAILURE;
  }
}
