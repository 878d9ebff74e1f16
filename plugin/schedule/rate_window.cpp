#include "schedule/rate_window.h"

#include <algorithm>
#include <cmath>

namespace sonoran::schedule {

RateWindow::RateWindow(int rate_per_minute, double share, bool paced)
    : allowed_(std::max(1, static_cast<int>(std::floor(rate_per_minute * share + 1e-9)))), paced_(paced) {}

double RateWindow::factor(Time now) const {
  if (factor_ >= 1) return 1;
  const auto minutes = std::floor((now - limited_at_) / kWindow);
  return std::min(1.0, factor_ + kRecovery * static_cast<double>(minutes));
}

int RateWindow::limit(Time now) const {
  return std::max(1, static_cast<int>(std::floor(allowed_ * factor(now))));
}

int RateWindow::used(Time now) const {
  const auto live = std::ranges::upper_bound(answered_, now - kWindow - kMargin);
  return in_flight_ + static_cast<int>(answered_.end() - live);
}

int RateWindow::left(Time now) const {
  return now < closed_until_ ? 0 : std::max(0, limit(now) - used(now));
}

Time RateWindow::next(Time now, int spared) const {
  Time earliest = closed_until_;
  const int most = limit(now);
  if (paced_ && last_sent_ != Time::min()) earliest = std::max(earliest, last_sent_ + kWindow / most);
  if (const int over = used(now) - std::max(most - spared, 1); over >= 0) {
    // So many of the answered ones have to leave the window first; those in flight will not for a while.
    const auto live = std::ranges::upper_bound(answered_, now - kWindow - kMargin);
    if (answered_.end() - live <= over) return kNever;
    earliest = std::max(earliest, *(live + over) + kWindow + kMargin + Duration(1));
  }
  return earliest;
}

Time RateWindow::expected(Time now, std::size_t ahead) const {
  const int most = limit(now);
  Time earliest = std::max(closed_until_, now);
  if (paced_ && last_sent_ != Time::min()) {
    earliest = std::max(earliest, last_sent_ + kWindow / most * (static_cast<int>(ahead) + 1));
  }
  const int over = used(now) + static_cast<int>(ahead) - most;
  if (over < 0) return earliest;
  const auto live = std::ranges::upper_bound(answered_, now - kWindow - kMargin);
  const auto place = over % most;
  const Time frees = place < answered_.end() - live ? *(live + place) : now;
  return std::max(earliest, frees + (kWindow + kMargin) * (1 + over / most));
}

void RateWindow::inherit(Time now, const RateWindow& before) {
  factor_ = before.factor_;
  limited_at_ = before.limited_at_;
  closed_until_ = before.closed_until_;
  last_sent_ = before.last_sent_;
  max_in_window_ = before.max_in_window_;
  answered_ = before.answered_;
  sent_ = before.sent_;
  answered_.insert(answered_.end(), static_cast<std::size_t>(before.in_flight_), now + kStraggler);
}

void RateWindow::sent(Time now) {
  ++in_flight_;
  last_sent_ = now;
}

void RateWindow::answered(Time now, Time sent_at) {
  --in_flight_;
  answered_.insert(std::ranges::upper_bound(answered_, now), now);
  while (answered_.front() <= now - kWindow - kMargin) answered_.pop_front();
  sent_.insert(std::ranges::upper_bound(sent_, sent_at), sent_at);
  while (sent_.front() <= sent_.back() - kWindow) sent_.pop_front();
  max_in_window_ = std::max(max_in_window_, static_cast<int>(sent_.size()));
}

void RateWindow::limited(Time now, Duration wait) {
  factor_ = std::max(factor(now) / 2, 1.0 / allowed_);
  limited_at_ = now;
  closed_until_ = std::max(closed_until_, now + wait);
}

}  // namespace sonoran::schedule
