// Which units the CAD lists as active, read page by page with getActiveUnits, and what changed since the last reading.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace sonoran::state {

/// Community user ids that came and went. `full`: `added` is all there is, as after the first reading.
struct RosterChange {
  bool full = false;
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

class Roster {
 public:
  /// From the beginning of one reading to the next: the operation's budget is 3 a minute. A change shows within this
  /// time and what the answer takes; a list of several pages takes as many times longer.
  static constexpr Duration kInterval = std::chrono::seconds(20);
  /// How long one reading may take, its waits and tries included, before it counts as failed.
  static constexpr Duration kPatience = std::chrono::seconds(60);
  /// While the CAD does not answer the last list stays in force for so long; then nobody counts as active.
  static constexpr Duration kKept = std::chrono::minutes(10);
  /// Units asked for at once; and after the CAD has refused that number.
  static constexpr std::size_t kPage = 500;
  static constexpr std::size_t kSmallPage = 100;
  /// Pages of one reading; what lies beyond is not seen.
  static constexpr std::size_t kPages = 16;

  /// When the next page is to be asked for; kNever while one is under way.
  [[nodiscard]] Time due() const { return under_way_ ? kNever : due_; }

  /// What to ask for. Marks it as under way.
  struct Page {
    std::size_t limit;
    std::size_t offset;
  };
  Page take(Time now);

  /// The page came: a JSON array of units, each with `communityUserId` or, in older data, the list `apiIds`, in itself
  /// or in its `data`.
  void on_page(Time now, std::string_view body);

  /// No page came. `refused`: the CAD found fault with the request itself.
  void failed(Time now, bool refused, std::string_view why);

  /// No page came, for a reason that passes: the same page is due again, unless the reading has taken kPatience.
  void again(Time now, std::string_view why);

  /// When expire() has something to do although nothing is asked; kNever while a page is under way.
  [[nodiscard]] Time deadline() const;
  /// Ends a reading that nobody lets begin or go on; ends a list that is too old.
  void expire(Time now);

  /// What changed since it was last asked for, after a whole reading.
  std::optional<RosterChange> take_change();
  /// A change did not arrive: the next one is the whole list, at once where there is one.
  void tell_all() {
    told_ = false;
    changed_ = changed_ || read_at_ != kNever;
  }
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

  /// Ids in force; when they were read, kNever before the first time.
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] Time read_at() const { return read_at_; }
  /// Ids that no unit can have: empty, too long, or not UTF-8.
  [[nodiscard]] std::uint64_t refused_ids() const { return refused_ids_; }

 private:
  using Ids = std::set<std::string, std::less<>>;

  /// The ids of a page go into `reading_`; how many units it had, nothing when it is no list of units.
  std::optional<std::size_t> read(std::string_view body);
  void add(std::string_view id);
  void replace(Ids ids);
  void begin_again(Time now);

  Ids ids_;
  Ids reading_;
  Ids told_ids_;          // as of the last change that was taken
  bool changed_ = false;  // they may differ
  Time due_ = Time::min();
  Time began_ = Time::min();
  bool begun_ = false;  // a reading is: it began at began_
  Time read_at_ = kNever;
  std::size_t limit_ = kPage;
  std::size_t offset_ = 0;
  std::size_t page_ = 0;
  bool under_way_ = false;
  bool told_ = false;      // the game knows of a list
  bool troubled_ = false;  // it was said that it fails
  std::string why_;        // the last page failed
  std::uint64_t refused_ids_ = 0;
  std::vector<LogLine> log_;
};

}  // namespace sonoran::state
