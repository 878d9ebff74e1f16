// Remembers where this process may send the API key, whom it trusts, which files it may send, and who may call what.
//
// In a game server any resource can set any convar. Without this, the next start of the bridge would send the key to
// wherever that resource wants. So the first settings are trusted for the process, whatever the key, and a change is
// accepted only when the console has confirmed it. Like the ledger, it outlives a bridge, stores no key, and ends with
// the process.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/settings.h"

namespace sonoran::runtime {

class Trusted {
 public:
  /// The highest number of values. Beyond this, no new value is trusted until the process ends.
  static constexpr std::size_t kValues = 64;

  /// The instance of this process. Any thread.
  static Trusted& process();

  /// Succeeds when these settings are trusted; the first ones always are. Else the message is about the first value
  /// that is not trusted, which trust() may then confirm.
  Check admit(const Settings& settings);

  /// Confirms what admit() refused last: `what` is the host, or the name of the setting.
  Check trust(std::string_view what);

  /// Resets it as in a new process. For tests that simulate several servers in one process.
  void forget();

 private:
  struct Value {
    std::string name;  // of the setting
    std::string text;
    bool operator==(const Value&) const = default;
  };
  static std::vector<Value> values_of(const Settings& settings);
  /// Its name at the console.
  static std::string_view name_for(const Value& value);

  std::mutex mutex_;
  std::vector<Value> values_;     // trusted; a setting may have several, in order of arrival
  std::optional<Value> refused_;  // by admit(): what trust() may confirm
};

}  // namespace sonoran::runtime
