#include "runtime/outbox.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace sonoran::runtime {

namespace {

std::size_t bytes_of(const Event& event) {
  if (const auto* line = std::get_if<LogLine>(&event)) return line->text.size();
  if (const auto* units = std::get_if<ActiveUnits>(&event)) return units->news.size();
  const auto& answer = std::get<schedule::Answer>(event);
  return answer.body.size() + answer.error.title.size() + answer.error.detail.size() + answer.error.trace_id.size();
}

}  // namespace

void Outbox::drop_oldest() {
  auto oldest = events_.begin();
  if (log_lines_ != 0) {
    oldest = std::ranges::find_if(events_, [](const Event& e) { return std::holds_alternative<LogLine>(e); });
    --log_lines_;
  }
  bytes_ -= bytes_of(*oldest);
  events_.erase(oldest);
  dropped_.fetch_add(1, std::memory_order_relaxed);
}

void Outbox::put(Event event) {
  const std::size_t bytes = bytes_of(event);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    while (!events_.empty() && (events_.size() >= limits::kEvents || bytes_ + bytes > limits::kEventBytes)) {
      drop_oldest();
    }
    bytes_ += bytes;
    if (std::holds_alternative<LogLine>(event)) ++log_lines_;
    first = events_.empty();
    events_.push_back(std::move(event));
    pending_.store(static_cast<std::uint32_t>(events_.size()), std::memory_order_release);
  }
  if (first) {
    const std::lock_guard lock(wakeup_mutex_);
    if (wakeup_ != nullptr) wakeup_(context_);
  }
}

std::size_t Outbox::take(std::vector<Event>& into, std::size_t max) {
  if (pending() == 0) {
    into.clear();
    return 0;
  }
  const std::lock_guard lock(mutex_);
  if (spent_.empty()) spent_.swap(into);
  into.clear();
  const std::size_t count = std::min(max, events_.size());
  into.reserve(count);  // first: an event that was taken out must not be lost for want of memory
  for (std::size_t i = 0; i < count; ++i) {
    if (std::holds_alternative<LogLine>(events_.front())) --log_lines_;
    bytes_ -= bytes_of(events_.front());
    into.push_back(std::move(events_.front()));
    events_.pop_front();
  }
  pending_.store(static_cast<std::uint32_t>(events_.size()), std::memory_order_release);
  return count;
}

void Outbox::free_spent() {
  {
    const std::lock_guard lock(mutex_);
    freeing_.swap(spent_);
  }
  freeing_.clear();
}

void Outbox::set_wakeup(Wakeup wakeup, void* context) {
  const std::lock_guard lock(wakeup_mutex_);
  wakeup_ = wakeup;
  context_ = context;
}

}  // namespace sonoran::runtime
