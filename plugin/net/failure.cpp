#include "net/failure.h"

#include <chrono>
#include <utility>

namespace sonoran::net {

api::Response failed_at(api::Stage stage, bool timed_out, std::string detail) {
  api::Response response;
  response.stage = stage;
  response.timed_out = timed_out;
  response.detail = std::move(detail);
  return response;
}

std::string limit_text(Duration limit) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace sonoran::net
