// The units that the CAD lists as active, and the changes of this list. It is read page by page with getActiveUnits,
// and the CAD's events keep it up to date. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/unit_news.h"
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
  /// The same while the CAD's events come in, because they tell each login and logout.
  static constexpr Duration kLiveInterval = std::chrono::seconds(60);
  /// How long one reading may take, its waits and tries included, before it counts as failed.
  static constexpr Duration kPatience = std::chrono::seconds(60);
  /// While the CAD does not answer, the last list stays valid for this time. Then no unit counts as active.
  static constexpr Duration kKept = std::chrono::minutes(10);
  /// Units per page; and units per page once the CAD has refused the first number.
  static constexpr std::size_t kPage = 500;
  static constexpr std::size_t kSmallPage = 100;
  /// Pages of one reading; units beyond are not seen.
  static constexpr std::size_t kPages = 16;
  /// At most so many events of unknown units are kept until a reading tells who they are, and at most so many that come
  /// during a reading, which may not have seen their effect. Of more, the oldest are forgotten.
  static constexpr std::size_t kHeld = 256;

  /// From now on the list is read again and again. Before, it is read only when a unit's number is unknown.
  void follow();
  [[nodiscard]] bool follows() const { return follows_; }
  /// Whether the CAD's events come in. As soon as they do, the list is read anew, because earlier events were missed.
  void set_live(Time now, bool live);

  /// When the next page is due; kNever while one is in flight.
  [[nodiscard]] Time due() const { return under_way_ ? kNever : due_; }

  /// The page to ask for; it is in flight then.
  struct Page {
    std::size_t limit;
    std::size_t offset;
  };
  Page take(Time now);

  /// The page came: a JSON array of units, see api::read_units().
  void on_page(Time now, std::string_view body);

  /// No page came. `refused`: the CAD refused the request itself.
  void failed(Time now, bool refused, std::string_view why);

  /// No page came, for a temporary reason: the same page is due again, unless the reading has taken kPatience.
  void again(Time now, std::string_view why);

  /// When expire() has something to do; kNever while a page is in flight.
  [[nodiscard]] Time deadline() const;
  /// Ends a reading that could not begin or go on in time; drops a list that is too old.
  void expire(Time now);

  /// An event of the CAD: a unit logged in, logged out or changed. If the event has only the CAD's number of the unit
  /// and the number is unknown, the list is read once for it.
  void heard(Time now, const api::UnitNews& news);
  /// What an event said of one unit, with the unit's ids.
  struct Heard {
    Time at;
    api::HeardUnit unit;
    bool logged_out = false;
    bool logged_in = false;
  };
  std::vector<Heard> take_heard() { return std::exchange(heard_, {}); }

  /// The change since the last call, after a whole reading.
  std::optional<RosterChange> take_change();
  /// A change was lost: the next one is the whole list. It is there at once if the list was read.
  void tell_all() {
    told_ = false;
    changed_ = changed_ || read_at_ != kNever;
  }
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

  /// The number of valid ids; and when they were read, kNever before the first time.
  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] Time read_at() const { return read_at_; }
  /// The number of impossible ids: empty, too long, or not UTF-8.
  [[nodiscard]] std::uint64_t refused_ids() const { return refused_ids_; }
  /// The number of events that were forgotten beyond kHeld.
  [[nodiscard]] std::uint64_t forgotten_events() const { return forgotten_events_; }

 private:
  using Ids = std::set<std::string, std::less<>>;
  struct Unit {
    std::vector<std::string> ids;
    bool is_dispatch = false;  // a dispatcher, who does not count as active
  };
  struct List {
    std::map<std::int64_t, Unit> units;  // by the CAD's number
    Ids unnumbered;
    std::size_t ids = 0;  // of all units
  };

  /// Adds an event to one of the bounded lists.
  template <class Event>
  void hold(std::vector<Event>& list, Event event);
  void add(List& list, const api::HeardUnit& unit, bool is_dispatch);
  void apply(List& list, const api::UnitNews& news);
  [[nodiscard]] std::vector<std::string> good(const std::vector<std::string>& ids);
  void ask(Time now, std::int64_t ident);
  void place_waiting();
  void replace(List list);
  void refresh();
  void begin_again(Time now, Duration interval);

  List list_;
  List reading_;
  Ids ids_;       // of list_, active units only
  Ids told_ids_;  // as of the last change that was taken
  Time due_ = kNever;
  Time began_ = Time::min();
  Time read_at_ = kNever;
  std::size_t limit_ = kPage;
  std::size_t offset_ = 0;
  std::size_t page_ = 0;
  std::string why_;  // why the last page failed
  std::uint64_t refused_ids_ = 0;
  std::uint64_t forgotten_events_ = 0;
  std::vector<api::UnitNews> amid_;  // heard since the reading began
  std::vector<Heard> waiting_;       // until a reading tells whose numbers these are
  std::vector<Heard> heard_;
  std::set<std::int64_t> asked_;  // unknown numbers for which the list was read: once for each
  std::vector<LogLine> log_;
  bool follows_ = false;
  bool live_ = false;
  bool changed_ = false;  // ids_ and told_ids_ may differ
  bool begun_ = false;    // a reading has been going on since began_
  bool under_way_ = false;
  bool told_ = false;      // take_change() has given a list
  bool troubled_ = false;  // the console was told that it fails
  bool asks_ = false;      // an unknown number came during a reading
};

}  // namespace sonoran::state
