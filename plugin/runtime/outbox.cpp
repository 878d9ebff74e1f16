#include "runtime/outbox.h"

#include <algorithm>
#include <utility>

#include "core/limits.h"

namespace sonoran::runtime {

namespace {

std::size_t bytes_of(const PushedEvent& event) {
  return event.type.size() + event.data.size();
}

/// The bytes of one event in events_.
std::size_t bytes_of(const Event& event) {
  if (const auto* line = std::get_if<LogLine>(&event)) return line->text.size();
  if (const auto* units = std::get_if<ActiveUnits>(&event)) return units->news.size();
  const auto& answer = std::get<schedule::Answer>(event);
  return answer.body.size() + answer.error.title.size() + answer.error.detail.size() + answer.error.trace_id.size();
}

/// What is left says that the CAD did what was asked, where it did.
void drop_body(schedule::Answer& answer) {
  const std::size_t bytes = std::exchange(answer.body, {}).size();
  answer.body_is_json = false;
  if (answer.error.kind != ErrorKind::kNone) return;
  answer.error.kind = ErrorKind::kAnswerDropped;
  answer.error.title = "Answer dropped";
  answer.error.detail = "The CAD carried this out (status " + std::to_string(answer.status) + "), but its answer of " +
                        std::to_string(bytes) + " bytes was dropped, because more than " +
                        std::to_string(limits::kEventBytes >> 20U) + " MiB of answers waited for the game server.";
}

}  // namespace

bool Outbox::is_full(std::size_t bytes) const {
  return events_.size() >= limits::kEvents || bytes_ + bytes > limits::kEventBytes;
}

bool Outbox::drop_oldest_line() {
  const auto oldest = std::ranges::find_if(events_, [](const Event& e) { return std::holds_alternative<LogLine>(e); });
  if (oldest == events_.end()) return false;
  bytes_ -= bytes_of(*oldest);
  if (oldest - events_.begin() < static_cast<std::ptrdiff_t>(bodiless_)) --bodiless_;
  events_.erase(oldest);
  dropped_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Outbox::drop_news() {
  std::erase_if(events_, [this](const Event& event) {
    if (!std::holds_alternative<ActiveUnits>(event)) return false;
    bytes_ -= bytes_of(event);
    return true;
  });
  dropped_.fetch_add(std::exchange(news_, 0), std::memory_order_relaxed);
  bodiless_ = 0;  // counted anew where bodies have to go
  lost_news_.store(true, std::memory_order_relaxed);
}

bool Outbox::drop_oldest_body() {
  for (; bodiless_ < events_.size(); ++bodiless_) {
    auto* const answer = std::get_if<schedule::Answer>(&events_[bodiless_]);
    if (answer == nullptr || answer->body.size() <= limits::kSmallBodyBytes) continue;
    bytes_ -= bytes_of(events_[bodiless_]);
    drop_body(*answer);
    bytes_ += bytes_of(events_[bodiless_]);
    dropped_bodies_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void Outbox::make_room(std::size_t bytes) {
  while (log_lines_ != 0 && is_full(bytes) && drop_oldest_line()) --log_lines_;
  while (bytes_ + bytes > limits::kEventBytes && drop_oldest_body()) {
  }
  if (news_ != 0 && is_full(bytes)) drop_news();
}

void Outbox::wake() {
  const std::lock_guard lock(wakeup_mutex_);
  if (wakeup_ != nullptr) wakeup_(context_);
}

void Outbox::drop_oldest_pushed() {
  pushed_bytes_.fetch_sub(bytes_of(pushed_.front()), std::memory_order_relaxed);
  pushed_.pop_front();
  dropped_pushed_.fetch_add(1, std::memory_order_relaxed);
}

void Outbox::put(PushedEvent event) {
  const std::size_t bytes = bytes_of(event);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = size() == 0;
    while (!pushed_.empty() && (pushed_.size() >= limits::kPushEvents || pushed_bytes() + bytes > limits::kPushBytes)) {
      drop_oldest_pushed();
    }
    pushed_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    pushed_.push_back(std::move(event));
    pushed_count_.store(pushed_.size(), std::memory_order_relaxed);
    pending_.store(static_cast<std::uint32_t>(size()), std::memory_order_release);
  }
  if (first) wake();
}

void Outbox::put(StateChange change) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = size() == 0;
    change_ = std::move(change);
    pending_.store(static_cast<std::uint32_t>(size()), std::memory_order_release);
  }
  if (first) wake();
}

void Outbox::put(Event event) {
  if (auto* change = std::get_if<StateChange>(&event)) return put(std::move(*change));
  if (auto* pushed = std::get_if<PushedEvent>(&event)) return put(std::move(*pushed));
  const std::size_t bytes = bytes_of(event);
  const bool is_answer = std::holds_alternative<schedule::Answer>(event);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    make_room(bytes);
    if (!is_answer && !events_.empty() && is_full(bytes)) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      if (std::holds_alternative<ActiveUnits>(event)) drop_news();
      return;
    }
    bytes_ += bytes;
    if (std::holds_alternative<LogLine>(event)) ++log_lines_;
    if (std::holds_alternative<ActiveUnits>(event)) ++news_;
    first = size() == 0;
    events_.push_back(std::move(event));
    pending_.store(static_cast<std::uint32_t>(size()), std::memory_order_release);
  }
  if (first) wake();
}

std::size_t Outbox::take(std::vector<Event>& into, std::size_t max) {
  if (pending() == 0) {
    into.clear();
    return 0;
  }
  const std::lock_guard lock(mutex_);
  if (spent_.empty()) spent_.swap(into);
  into.clear();
  const std::size_t count = std::min(max, size());
  into.reserve(count);  // first: when memory is short, no event that was taken out may be lost
  if (change_ && count != 0) {
    into.emplace_back(*std::move(change_));
    change_.reset();
  }
  for (std::size_t i = std::min(count - into.size(), events_.size()); i != 0; --i) {
    if (std::holds_alternative<LogLine>(events_.front())) --log_lines_;
    if (std::holds_alternative<ActiveUnits>(events_.front())) --news_;
    if (bodiless_ != 0) --bodiless_;
    bytes_ -= bytes_of(events_.front());
    into.push_back(std::move(events_.front()));
    events_.pop_front();
  }
  while (into.size() != count) {
    pushed_bytes_.fetch_sub(bytes_of(pushed_.front()), std::memory_order_relaxed);
    into.emplace_back(std::move(pushed_.front()));
    pushed_.pop_front();
  }
  pushed_count_.store(pushed_.size(), std::memory_order_relaxed);
  pending_.store(static_cast<std::uint32_t>(size()), std::memory_order_release);
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
