#include "simulator/admin.h"

#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>

namespace sonoran::simulator {
namespace {

namespace json = boost::json;

Answer ok() {
  return json_answer(200, R"({"ok":true})");
}

Answer requests(const Server& server, const Request& request, const Target& target) {
  std::uint64_t since = 0;
  if (const std::string* text = target.query_value("since")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), since);
    if (error != std::errc{} || end != text->data() + text->size())
      return problem(400, "The query parameter 'since' must be a number.", request.target);
  }
  json::array list;
  for (const RecordedRequest& recorded : server.cad().log().since(since)) list.emplace_back(json_of(recorded));
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

}  // namespace

bool is_admin_target(std::string_view target) {
  return target.starts_with("/_sim/");
}

Answer answer_admin(Server& server, const Request& request) {
  const std::string what = request.method + " " + request.target.substr(0, request.target.find('?'));
  if (what == "GET /_sim/stats") return json_answer(200, json::serialize(server.stats()));
  if (what == "GET /_sim/requests") return requests(server, request, parse_target(request.target).value_or(Target{}));
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
    server.cad().reset();
    return ok();
  }
  if (what == "POST /_sim/stop") {
    server.ask_stop();
    return ok();
  }
  return problem(404, "There is no '" + what + "'.", request.target);
}

}  // namespace sonoran::simulator
