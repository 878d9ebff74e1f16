#include "schedule/rate_window.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sonoran::schedule {

RateWindow::RateWindow(int rate_per_minute, double share, bool paced) : paced_(paced) {
  set_share(rate_per_minute, share);
}

double RateWindow::factor(Time now) const {
  if (factor_ >= 1) return 1;
  const auto minutes = std::floor((now - limited_at_) / kWindow);
  return std::min(1.0, factor_ + kRecovery * static_cast<double>(minutes));
}

int RateWindow::limit(Time now) const {
  return std::max(1, static_cast<int>(std::floor(allowed_ * factor(now))));
}

template <class Counts>
int RateWindow::held(Time now, const Counts& counts) const {
  return static_cast<int>(
      std::ranges::count_if(places_, [&](const Place& place) { return place.until > now && counts(place); }));
}

template <class Counts>
Time RateWindow::frees(Time now, int most, const Counts& counts) const {
  // So many of them have to leave the window first; those under way will not for a while.
  int over = held(now, counts) - most;
  for (const Place& place : places_) {
    if (place.until <= now || !counts(place)) continue;
    if (over-- == 0) return place.until;
  }
  return Time::min();
}

int RateWindow::left(Time now) const {
  if (now < closed_until_) return 0;
  const int all = allowed_ - held(now, [](const Place&) { return true; });
  const int taken = limit(now) - held(now, [](const Place& place) { return place.how != How::kRefused; });
  return std::max(0, std::min(all, taken));
}

Time RateWindow::next(Time now, int spared) const {
  Time earliest = closed_until_;
  const int most = limit(now);
  if (paced_ && last_sent_ != Time::min()) earliest = std::max(earliest, last_sent_ + kWindow / most);
  const auto all = [](const Place&) { return true; };
  const auto taken = [](const Place& place) { return place.how != How::kRefused; };
  return std::max(
      {earliest, frees(now, std::max(allowed_ - spared, 1), all), frees(now, std::max(most - spared, 1), taken)});
}

Time RateWindow::next_unanswered(Time now, Time since, int most) const {
  return std::max(next(now), frees(now, most, [since](const Place& place) {
                    return place.sent_at >= since && (place.how == How::kUnderWay || place.how == How::kBrokenOff);
                  }));
}

Time RateWindow::expected(Time now, std::size_t ahead) const {
  const int most = limit(now);
  Time earliest = std::max(closed_until_, now);
  if (paced_ && last_sent_ != Time::min()) {
    earliest = std::max(earliest, last_sent_ + kWindow / most * (static_cast<int>(ahead) + 1));
  }
  std::vector<Time> until;  // of those under way too, as if they were answered now
  for (const Place& place : places_) {
    if (place.until > now) until.push_back(place.until == kNever ? now + kWindow + kMargin : place.until);
  }
  const int over = static_cast<int>(until.size() + ahead) - most;
  if (over < 0) return earliest;
  std::ranges::sort(until);
  const auto place = static_cast<std::size_t>(over % most);
  const Time frees = place < until.size() ? until[place] : now + kWindow + kMargin;
  return std::max(earliest, frees + (kWindow + kMargin) * (over / most));
}

void RateWindow::set_share(int rate_per_minute, double share) {
  allowed_ = std::max(1, static_cast<int>(std::floor(rate_per_minute * share + 1e-9)));
}

void RateWindow::give_back(Time taken_at) {
  not_sent(taken_at);
  if (last_sent_ == taken_at) last_sent_ = sent_before_;
}

void RateWindow::insert(Place place) {
  places_.insert(std::ranges::upper_bound(places_, place.until, {}, &Place::until), place);
}

void RateWindow::sent(Time now) {
  std::erase_if(places_, [now](const Place& place) { return place.until <= now; });
  insert({.sent_at = now});
  sent_before_ = std::exchange(last_sent_, now);
}

void RateWindow::end(Time now, Time sent_at, How how, Duration held) {
  not_sent(sent_at);
  insert({.sent_at = sent_at, .until = now + held + kMargin, .how = how});
  sent_.insert(std::ranges::upper_bound(sent_, sent_at), sent_at);
  while (sent_.front() <= sent_.back() - kWindow) sent_.pop_front();
  max_in_window_ = std::max(max_in_window_, static_cast<int>(sent_.size()));
}

void RateWindow::answered(Time now, Time sent_at) {
  end(now, sent_at, How::kAnswered, kWindow);
}

void RateWindow::refused(Time now, Time sent_at) {
  end(now, sent_at, How::kRefused, kWindow);
}

void RateWindow::broken_off(Time now, Time sent_at) {
  end(now, sent_at, How::kBrokenOff, kLife + kWindow);
}

void RateWindow::not_sent(Time sent_at) {
  const auto found = std::ranges::find_if(
      places_, [sent_at](const Place& place) { return place.how == How::kUnderWay && place.sent_at == sent_at; });
  if (found != places_.end()) places_.erase(found);
}

void RateWindow::limited(Time now, Duration wait) {
  // Refusals of one window tell one thing.
  if (factor_ >= 1 || now - halved_at_ >= kWindow) {
    factor_ = std::max(factor(now) / 2, 1.0 / allowed_);
    halved_at_ = now;
  } else {
    factor_ = factor(now);
  }
  limited_at_ = now;
  closed_until_ = std::max(closed_until_, now + wait);
}

}  // namespace sonoran::schedule
