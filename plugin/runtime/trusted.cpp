#include "runtime/trusted.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.h"

namespace sonoran::runtime {
namespace {

constexpr std::string_view kUrl = "sonoran_bridge_url";

/// Beside the URL: whose certificates count, which files a call may send, and who may call what.
constexpr std::array<std::string_view, 4> kGuarded = {"sonoran_bridge_ca_file", "sonoran_bridge_ca_bundle",
                                                      "sonoran_bridge_upload_folders", "sonoran_bridge_allow"};

/// "https://api.sonorancad.com", without a path: what a key is sent to.
std::string destination(const Settings& settings) {
  return (settings.endpoint.tls ? "https://" : "http://") + settings.endpoint.host_header;
}

}  // namespace

Trusted& Trusted::process() {
  static Trusted trusted;
  return trusted;
}

std::vector<Trusted::Value> Trusted::values_of(const Settings& settings) {
  std::vector<Value> values = {{std::string(kUrl), destination(settings)}};
  for (const auto& [name, text] : settings.values) {
    if (std::ranges::find(kGuarded, name) != kGuarded.end()) values.push_back({name, text});
  }
  return values;
}

std::string_view Trusted::name_for(const Value& value) {
  if (value.name != kUrl) return value.name;
  const std::string_view url = value.text;
  return url.substr(url.find("//") + 2);
}

Check Trusted::admit(const Settings& settings) {
  std::vector<Value> values = values_of(settings);
  const std::lock_guard lock(mutex_);
  if (values_.empty()) values_ = values;
  const auto foreign = std::ranges::find_if(
      values, [&](const Value& value) { return std::ranges::find(values_, value) == values_.end(); });
  if (foreign == values.end()) return {};
  std::string message;
  if (foreign->name == kUrl) {
    const auto before = std::ranges::find(values_, kUrl, &Value::name);
    message = "sonoran_bridge_url names the host " + printable(name_for(*foreign)) +
              " now, and this server sent the API key to " + printable(name_for(*before)) + " before";
  } else {
    message = foreign->name + " is '" + printable(foreign->text) + "' now, which is new since this server started";
  }
  message +=
      "; if you changed it, type  sonoran_bridge trust " + printable(name_for(*foreign)) + "  at the server's console.";
  refused_ = std::move(*foreign);
  return Message{std::move(message)};
}

Check Trusted::trust(std::string_view what) {
  const std::lock_guard lock(mutex_);
  if (!refused_ || name_for(*refused_) != what) {
    return Message{"Nothing waits for being trusted under the name " + printable(what) +
                   "; change the convar, then 'sonoran_bridge reload' says what to type."};
  }
  if (values_.size() >= kValues) {
    return Message{std::to_string(kValues) +
                   " values are trusted in this server process; restart the server to change more."};
  }
  values_.push_back(std::move(*refused_));
  refused_.reset();
  return {};
}

void Trusted::forget() {
  const std::lock_guard lock(mutex_);
  values_.clear();
  refused_.reset();
}

}  // namespace sonoran::runtime
