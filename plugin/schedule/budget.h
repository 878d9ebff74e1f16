// An operation's budget as those see it who spend from it: several bridges with one key share one.
//
// RateWindow counts; where it is kept is a WindowBook's business. Two who spend from one book never both take its last
// place: looking and taking are one step.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "api/operation.h"
#include "core/time.h"
#include "schedule/rate_window.h"

namespace sonoran::schedule {

/// Where a window is kept that several spend from. Each look and each change stands between open() and close(), so that
/// nobody else has it open meanwhile. A budget that several processes share would lock and read it in open(), and write
/// it back in close(). Any thread.
class WindowBook {
 public:
  virtual ~WindowBook() = default;
  virtual RateWindow& open() = 0;
  /// `earlier`: a place may be free earlier than those were told who wait for one.
  virtual void close(bool earlier) noexcept = 0;
};

/// The window of an operation, of which `share` (0 to 1) is ours. Positions are spread over the minute: a map that
/// moves every 5 s beats one that moves 12 times and then stands.
RateWindow window_of(const api::Operation& operation, double share);

/// Whether calls have a budget of their own within that of the operation, since the module sends it by itself as well;
/// and its window.
bool has_calls_part(const api::Operation& operation);
RateWindow calls_window_of(const api::Operation& operation, double share);

/// One operation's budget. A handle: copies spend from the same window.
class Budget {
 public:
  /// Shared with nobody.
  explicit Budget(RateWindow window);
  explicit Budget(std::shared_ptr<WindowBook> book) : book_(std::move(book)) {}

  // As RateWindow has them.
  [[nodiscard]] Time next(Time now, int spared = 0) const { return Open(*book_)->next(now, spared); }
  [[nodiscard]] Time next_unanswered(Time now, Time since, int most) const {
    return Open(*book_)->next_unanswered(now, since, most);
  }
  [[nodiscard]] Time expected(Time now, std::size_t ahead) const { return Open(*book_)->expected(now, ahead); }
  [[nodiscard]] Time closed_until() const { return Open(*book_)->closed_until(); }
  [[nodiscard]] int limit(Time now) const { return Open(*book_)->limit(now); }
  [[nodiscard]] int left(Time now) const { return Open(*book_)->left(now); }
  [[nodiscard]] int max_in_window() const { return Open(*book_)->max_in_window(); }
  void answered(Time now, Time sent_at) { Open(*book_, true)->answered(now, sent_at); }
  void refused(Time now, Time sent_at) { Open(*book_, true)->refused(now, sent_at); }
  void broken_off(Time now, Time sent_at) { Open(*book_, true)->broken_off(now, sent_at); }
  void not_sent(Time sent_at) { Open(*book_, true)->not_sent(sent_at); }
  void limited(Time now, Duration wait) { Open(*book_)->limited(now, wait); }

  /// Takes a place for a request that leaves now; false when next() is later, then nothing is taken.
  bool take(Time now);
  /// The same for another copy of a request under way, which no pacing holds back.
  bool take_for_copy(Time now);
  /// Nothing left in the place that was taken at `taken_at`.
  void give_back(Time taken_at) { Open(*book_, true)->give_back(taken_at); }

 private:
  /// Holds the book open.
  class Open {
   public:
    explicit Open(WindowBook& book, bool earlier = false) : book_(book), window_(book.open()), earlier_(earlier) {}
    ~Open() { book_.close(earlier_); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    RateWindow* operator->() { return &window_; }

   private:
    WindowBook& book_;
    RateWindow& window_;
    bool earlier_;
  };

  std::shared_ptr<WindowBook> book_;
};

}  // namespace sonoran::schedule
