// The CAD's list of active units, read page by page with getActiveUnits, and the changes since the last reading.
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

/// Community user ids that were added and removed. `full`: `added` is the whole list, as after the first reading.
struct RosterChange {
  bool full = false;
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

class Roster {
 public:
  /// Time between the beginnings of two readings: the operation's budget is 3 a minute. A change is seen within this
  /// time plus the time of the answer. A list of several pages takes this time per page.
  static constexpr Duration kInterval = std::chrono::seconds(20);
  /// How long one reading may take, including waits and retries, before it counts as failed.
  static constexpr Duration kPatience = std::chrono::seconds(60);
  /// While the CAD does not answer, the last list stays valid for this time. Then no unit counts as active.
  static constexpr Duration kKept = std::chrono::minutes(10);
  /// Units per page; and the number after the CAD has refused the first.
  static constexpr std::size_t kPage = 500;
  static constexpr std::size_t kSmallPage = 100;
  /// Pages of one reading; units beyond are not seen.
  static constexpr std::size_t kPages = 16;

  /// When the next page is due; kNever while one is in flight.
  [[nodiscard]] Time due() const { return under_way_ ? kNever : due_; }

  /// The page to ask for; it is in flight then.
  struct Page {
    std::size_t limit;
    std::size_t offset;
  };
  Page take(Time now);

  /// The page came: a JSON array of units. Each unit has `communityUserId` or, in older data, the list `apiIds`, either
  /// itself or in its `data`.
  void on_page(Time now, std::string_view body);

  /// No page came. `refused`: the CAD refused the request itself.
  void failed(Time now, bool refused, std::string_view why);

  /// No page came, for a temporary reason: the same page is due again, unless the reading has taken kPatience.
  void again(Time now, std::string_view why);

  /// When expire() has something to do; kNever while a page is in flight.
  [[nodiscard]] Time deadline() const;
  /// Ends a reading that could not begin or go on in time; drops a list that is too old.
  void expire(Time now);

  /// The change since the last call, after a whole reading.
  std::optional<RosterChange> take_change();
  /// A change did not arrive: the next one is the whole list, at once where there is one.
  void tell_all() {
    told_ = false;
    changed_ = changed_ || read_at_ != kNever;
  }
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

  /// The valid ids; when they were read, kNever before the first time.
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] Time read_at() const { return read_at_; }
  /// Impossible ids: empty, too long, or not UTF-8.
  [[nodiscard]] std::uint64_t refused_ids() const { return refused_ids_; }

 private:
  using Ids = std::set<std::string, std::less<>>;

  /// Adds the ids of a page to `reading_`. Gives the number of its units; nothing when it is not a list of units.
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
  bool begun_ = false;  // a reading is going on, since began_
  Time read_at_ = kNever;
  std::size_t limit_ = kPage;
  std::size_t offset_ = 0;
  std::size_t page_ = 0;
  bool under_way_ = false;
  bool told_ = false;      // the game has a list
  bool troubled_ = false;  // the console was told that it fails
  std::string why_;        // why the last page failed
  std::uint64_t refused_ids_ = 0;
  std::vector<LogLine> log_;
};

}  // namespace sonoran::state
