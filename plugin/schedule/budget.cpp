#include "schedule/budget.h"

#include <utility>

#include "core/limits.h"

namespace sonoran::schedule {
namespace {

class OwnBook final : public WindowBook {
 public:
  explicit OwnBook(RateWindow window) : window_(std::move(window)) {}
  RateWindow& open() override { return window_; }
  void close(bool /*earlier*/) noexcept override {}

 private:
  RateWindow window_;
};

}  // namespace

RateWindow window_of(const api::Operation& operation, double share) {
  return {operation.rate_per_minute, share, operation.traffic_class == api::TrafficClass::kPosition};
}

bool has_calls_part(const api::Operation& operation) {
  return operation.traffic_class != api::TrafficClass::kCommand && operation.traffic_class != api::TrafficClass::kQuery;
}

RateWindow calls_window_of(const api::Operation& operation, double share) {
  return {operation.rate_per_minute, share / limits::kCallsPart, false};
}

Budget::Budget(RateWindow window) : book_(std::make_shared<OwnBook>(std::move(window))) {}

bool Budget::take(Time now) {
  Open window(*book_);
  if (window->next(now) > now) return false;
  window->sent(now);
  return true;
}

bool Budget::take_for_copy(Time now) {
  Open window(*book_);
  if (window->left(now) == 0) return false;
  window->sent(now);
  return true;
}

}  // namespace sonoran::schedule
