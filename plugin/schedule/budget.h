// The budget of one operation, as its spenders see it. Several bridges with one key share one budget.
//
// RateWindow counts, and a WindowBook keeps it. Two spenders never both take the last place of a book, because checking
// and taking are one step.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "api/operation.h"
#include "core/time.h"
#include "schedule/rate_window.h"

namespace sonoran::schedule {

/// Keeps a window that several spend from. Every read and every change happens between open() and close(), while nobody
/// else has the window open. A budget that several processes share would lock and read it in open(), and write it back
/// in close(). Any thread.
class WindowBook {
 public:
  virtual ~WindowBook() = default;
  virtual RateWindow& open() = 0;
  /// `earlier`: a place may become free sooner than the waiting spenders were told.
  virtual void close(bool earlier) noexcept = 0;
};

/// The window of an operation. `share` (0 to 1) is our part of its limit. Positions are spread over the minute, because
/// a map that moves every 5 s beats one that moves 12 times and then stands.
RateWindow window_of(const api::Operation& operation, double share);

/// Whether calls have a budget of their own within the operation's, because the module sends the operation by itself as
/// well. The second function gives the window of that budget.
bool has_calls_part(const api::Operation& operation);
RateWindow calls_window_of(const api::Operation& operation, double share);

/// One operation's budget. A handle: copies spend from the same window.
class Budget {
 public:
  /// A budget that nobody else spends from.
  explicit Budget(RateWindow window);
  explicit Budget(std::shared_ptr<WindowBook> book) : book_(std::move(book)) {}

  // The functions of RateWindow with the same names.
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

  /// Takes a place for a request that leaves now. False, and nothing is taken, when next() is later.
  bool take(Time now);
  /// The same for another copy of a request under way, which no pacing holds back.
  bool take_for_copy(Time now);
  /// Gives back the place that was taken at `taken_at`, because nothing left the machine.
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
