// The CAD simulator in a process of its own, so that its work is not counted as ours.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sonoran::bench {

class CadProcess {
 public:
  /// Starts tests/simulator's program with these options, and waits until it is ready. Throws std::runtime_error.
  explicit CadProcess(std::vector<std::string> options);
  /// Ends it.
  ~CadProcess();
  CadProcess(const CadProcess&) = delete;
  CadProcess& operator=(const CadProcess&) = delete;

  [[nodiscard]] const std::string& https_url() const { return https_url_; }
  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }

  /// When the first byte of each unit's first panic arrived, in microseconds of the machine's steady clock.
  [[nodiscard]] std::map<std::string, std::int64_t> panics() const;
  /// Requests of an operation so far.
  [[nodiscard]] std::size_t requests(const std::string& operation) const;

 private:
  int pid_ = -1;
  int input_ = -1;  // the simulator ends when it is closed
  std::string https_url_, ca_file_;
  std::string requests_file_;
};

}  // namespace sonoran::bench
