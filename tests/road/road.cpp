#include "road/road.h"

#include <algorithm>
#include <atomic>

#include "integration/host_names.h"

namespace sonoran::road {

std::string header_of(const simulator::RecordedRequest& request, const std::string& name) {
  for (const auto& [one, value] : request.headers) {
    if (one == name) return value;
  }
  return "";
}

void Road::SetUp() {
  if (!peers_are_there()) {
    GTEST_SKIP() << "SONORAN_ROAD_PEERS is not set; tools/test road fetches nginx and HAProxy, and sets it";
  }
}

simulator::Options Road::unlimited() {
  simulator::Options options;
  // The module keeps its budgets all the same; and each bridge of a test may have a key of its own.
  options.faults.rate_scale = 0;
  return options;
}

Settings Road::plain(std::uint16_t port) {
  static std::atomic<unsigned> last{0};
  return integration::with(integration::settings_for(ready_, false),
                           {{"sonoran_apiKey", "sim-key." + std::to_string(++last)},
                            {"sonoran_bridge_url", "http://127.0.0.1:" + std::to_string(port)}});
}

Settings Road::over_tls(const std::string& host, std::uint16_t port) {
  integration::set_host_name(host, integration::Name::kLoopback);
  return integration::with(plain(port), {{"sonoran_bridge_url", "https://" + host + ":" + std::to_string(port)},
                                         {"sonoran_bridge_ca_file", ca_file_}});
}

std::size_t Road::executed(const std::string& operation) const {
  const auto requests = simulator_.requests();
  return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), [&](const auto& request) {
    return request.operation == operation && request.executed;
  }));
}

void Traffic::call(const std::string& operation, const std::string& arguments, const std::string& own, bool command) {
  asked_.push_back({bridge_.call(operation, arguments), operation, own, command});
}

void Traffic::round() {
  // No number twice in a process: a CAD of several bridges counts them all.
  static std::atomic<unsigned> last{1'000'000};
  const auto next = [] { return std::to_string(++last); };
  for (int i = 0; i < 3; ++i) {
    const std::string id = next();
    std::string note = R"({"callId":)";
    note.append(id).append(R"(,"note":"note )").append(id).append(R"(","noteType":"text","label":"Patrol"})");
    call("addCallNote", note, "note " + id);
  }
  for (int i = 0; i < 2; ++i) {
    const std::string id = next();
    std::string blip = R"({"blipId":)";
    blip.append(id).append(R"(,"tooltip":"blip )").append(id).append(R"(","color":"green","radius":20})");
    call("updateBlip", blip, id);
  }
  const std::string postal = next();
  call("updateCallPostal", R"({"callId":)" + postal + R"(,"postal":")" + postal + R"("})", postal);
  const std::string link = next();
  call("createCommunityLink", R"({"communityUserId":"license:)" + link + R"("})", "license:" + link);
  const std::string query = next();
  call("checkCommunityLink", R"({"communityUserId":"license:)" + query + R"("})", "license:" + query, false);
  asked_.push_back({bridge_.panic("license:p" + next()), "panic", "isPanic", false});
  asked_.push_back({bridge_.status("license:s" + next(), 3), "status", R"("status")", false});
}

void Traffic::expect_all_well() {
  for (const Asked& asked : asked_) {
    const Answer answer = bridge_.answer(asked.ticket);
    // Who waits for each of many that never come waits for an hour.
    if (answer.status == 0 && answer.error == SB_ERROR_NONE) return;
    EXPECT_EQ(answer.error, SB_ERROR_NONE)
        << asked.what << " " << asked.own << ": " << sb_error_name(answer.error) << ": " << answer.detail;
    if (answer.error == SB_ERROR_NONE) {
      EXPECT_NE(answer.body.find(asked.own), std::string::npos)
          << asked.what << " that said '" << asked.own << "' was answered " << answer.body;
    }
  }
  const auto requests = cad_.requests();
  for (const Asked& asked : asked_) {
    if (!asked.command) continue;
    const auto times = std::count_if(requests.begin(), requests.end(), [&](const auto& request) {
      return request.executed && request.operation == asked.what &&
             (request.body + request.target).find(asked.own) != std::string::npos;
    });
    EXPECT_EQ(times, 1) << asked.what << " " << asked.own;
  }
  if (testing::Test::HasFailure()) ADD_FAILURE() << "log:\n" << bridge_.log();
}

}  // namespace sonoran::road
