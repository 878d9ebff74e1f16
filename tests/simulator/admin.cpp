#include "simulator/admin.h"

#include <boost/json.hpp>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

Answer ok() {
  return json_answer(200, R"({"ok":true})");
}

/// The query parameter `since`; 0 if it is absent, nothing if it is no number.
std::optional<std::uint64_t> since_of(const Request& request) {
  std::uint64_t since = 0;
  const Target target = parse_target(request.target).value_or(Target{});
  if (const std::string* text = target.query_value("since")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), since);
    if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  }
  return since;
}

Answer requests(const Server& server, const Request& request) {
  const auto since = since_of(request);
  if (!since) return problem(400, "The query parameter 'since' must be a number.", request.target);
  json::array list;
  for (const RecordedRequest& recorded : server.cad().log().since(*since)) list.emplace_back(json_of(recorded));
  return json_answer(200, json::serialize(list));
}

Answer faults(Server& server, const Request& request) {
  boost::system::error_code error;
  const json::value body = json::parse(request.body, error);
  if (error) return problem(400, "The faults are not JSON.", request.target);
  try {
    server.set_faults(faults_of(body), request.connection);
  } catch (const std::invalid_argument& complaint) {
    return problem(400, complaint.what(), request.target);
  } catch (const std::runtime_error& failure) {
    return problem(500, failure.what(), request.target);
  }
  return ok();
}

/// Handles a JSON body: `use(server, body)` returns how many connections were told.
template <typename Use>
Answer tell_hub(Server& server, const Request& request, Use use) {
  boost::system::error_code error;
  const json::value body = json::parse(request.body, error);
  if (error) return problem(400, "The body is not JSON.", request.target);
  try {
    return json_answer(200, json::serialize(json::object{{"told", use(server.hub(), body)}}));
  } catch (const std::invalid_argument& complaint) {
    return problem(400, complaint.what(), request.target);
  }
}

std::optional<Answer> answer_hub(Server& server, const Request& request, std::string_view what) {
  if (what == "GET /_sim/hub")
    return json_answer(200, json::serialize(server.hub().seen(since_of(request).value_or(0))));
  if (what == "POST /_sim/hub/push")
    return tell_hub(server, request, [](Hub& hub, const json::value& body) { return hub.push(body); });
  if (what == "POST /_sim/hub/send") {
    return tell_hub(server, request, [](Hub& hub, const json::value& body) {
      if (!body.is_string()) throw std::invalid_argument("What is sent is a JSON text.");
      return hub.send(std::string(std::string_view(body.get_string())));
    });
  }
  if (what == "POST /_sim/hub/close") {
    return tell_hub(server, request, [](Hub& hub, const json::value& body) {
      if (!body.is_object()) throw std::invalid_argument("How it is closed is a JSON object.");
      return hub.close(body.get_object());
    });
  }
  return std::nullopt;
}

}  // namespace

bool is_admin_target(std::string_view target) {
  return target.starts_with("/_sim/");
}

Answer answer_admin(Server& server, const Request& request) {
  const std::string what = request.method + " " + request.target.substr(0, request.target.find('?'));
  if (what == "GET /_sim/stats") return json_answer(200, json::serialize(server.stats()));
  if (what == "GET /_sim/requests") return requests(server, request);
  if (what == "GET /_sim/map")
    return json_answer(200, json::serialize(server.cad().community().map(since_of(request).value_or(0))));
  if (what == "POST /_sim/faults") return faults(server, request);
  if (what == "POST /_sim/disconnect") {
    server.disconnect(request.connection);
    return ok();
  }
  if (what == "POST /_sim/silence") {
    server.silence();
    return ok();
  }
  if (what == "POST /_sim/reset") {
    server.reset();
    return ok();
  }
  if (what == "POST /_sim/stop") {
    server.ask_stop();
    return ok();
  }
  if (auto answer = answer_hub(server, request, what)) return std::move(*answer);
  return problem(404, "There is no '" + what + "'.", request.target);
}

}  // namespace sonoran::simulator
