// Where this process sends the API key, whom it trusts, which files it may send, and who may call what.
//
// In a game server any resource can set any convar, and the next start of the bridge would follow: the key would go
// wherever that resource wants. So the first settings hold for the process, whatever the key, and a change is followed
// only when the console has confirmed it. Like the ledger it outlives a bridge, holds no key, and ends with the
// process.
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
  /// Values remembered at most; with more, nothing new is trusted until the process ends.
  static constexpr std::size_t kValues = 64;

  /// The one of this process. Any thread.
  static Trusted& process();

  /// Good when a bridge may be opened with these settings; the first ones are. Else the message is about the first
  /// value that is not trusted, which trust() may then confirm.
  Check admit(const Settings& settings);

  /// Confirms what admit() refused last: `what` is the host, or the name of the setting.
  Check trust(std::string_view what);

  /// As in a new process. For tests that play several servers in one.
  void forget();

 private:
  struct Value {
    std::string name;  // of the setting
    std::string text;
    bool operator==(const Value&) const = default;
  };
  static std::vector<Value> values_of(const Settings& settings);
  /// What the console calls it.
  static std::string_view name_for(const Value& value);

  std::mutex mutex_;
  std::vector<Value> values_;     // trusted; of one setting there may be several, in the order they came
  std::optional<Value> refused_;  // by admit(): what trust() may confirm
};

}  // namespace sonoran::runtime
