// What the simulator does wrong on purpose.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonoran::simulator {

/// How far an exchange gets before it breaks.
enum class Stage {
  kBefore,   // the request is read, nothing is answered, and the request has no effect
  kHeaders,  // amid the header of the answer
  kBody      // amid its body
};

struct Faults {
  // These hold for requests of the operations in `only` (empty: all), and for the next `times` of them (none: forever).
  std::uint32_t delay_ms = 0;
  std::optional<unsigned> status;
  std::optional<Stage> reset;
  std::optional<Stage> stall;
  bool html = false;
  bool garbage = false;
  std::size_t huge = 0;  // bytes
  bool truncate = false;
  std::vector<std::string> only;
  std::optional<std::uint64_t> times;

  // These hold always.
  bool refuse = false;
  std::string retry_after;  // "", seconds, "date" or "date:SECONDS"
  double rate_scale = 1;
  std::vector<std::string> unknown_units;

  /// Whether the faults that hold for a request hold for one of this operation; "" is an unknown target.
  [[nodiscard]] bool concern(std::string_view operation) const;
};

/// The value of the Retry-After header; "" is none.
std::string retry_after_header(const Faults& faults);

/// These throw std::invalid_argument, with one sentence, if what they are given makes no sense.
Stage stage_of(std::string_view text);
void check(const Faults& faults);
Faults faults_of(const boost::json::value& object);

/// In the form that faults_of() takes.
boost::json::object json_of(const Faults& faults);

}  // namespace sonoran::simulator
