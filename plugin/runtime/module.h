// The running module: its loop thread, and the functions for the game thread.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "api/push_event.h"
#include "core/settings.h"
#include "core/ticket.h"
#include "net/http_client.h"
#include "net/tls.h"
#include "runtime/event_counts.h"
#include "runtime/hub_client.h"
#include "runtime/ledger.h"
#include "runtime/mailbox.h"
#include "runtime/outbox.h"
#include "runtime/reading_plan.h"
#include "runtime/readings.h"
#include "runtime/report.h"
#include "runtime/slot_table.h"
#include "runtime/waker.h"
#include "schedule/scheduler.h"
#include "state/map_files.h"

namespace sonoran::runtime {

/// Numbers of what was not sent when the module ended.
struct Unsent {
  std::uint64_t panics = 0;
  std::uint64_t statuses = 0;
  std::uint64_t positions = 0;
  std::uint64_t calls = 0;  // of sb_call, commands and queries
};

/// Only the game thread calls public functions. They never wait, except flush() and stop(). The caller (bridge/) checks
/// the arguments.
class Module {
 public:
  /// Whether open() would take these settings. Reads a file of authorities, but not all of its certificates.
  static Check check(const Settings& settings);
  /// Starts the loop thread. It reads the certificate authorities, which takes long, and then waits for begin(). The
  /// message says what is wrong with the settings.
  static Result<std::unique_ptr<Module>> open(Settings settings);
  /// Waits until the authorities are read: some 10 ms, or no time where this process has read the same ones before. The
  /// message says what is wrong with them that check() does not see.
  Check wait_until_prepared();
  /// Takes over the map's files from a module that has stopped: they stay in force where they cannot be read now. Call
  /// it before begin().
  void inherit(const Module& before) { map_files_ = before.map_files_; }
  /// Starts to work, with the budgets that this process has already spent for the key. Call it once.
  void begin();
  ~Module();  // NOLINT(bugprone-exception-escape): a thread that cannot be joined ends the process, rightly
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// `take(i)` gives sample i of `count`. Returns how many did not fit.
  template <class Take>
  std::size_t push_positions(std::size_t count, Take&& take) {
    return pushed(mailbox_.put_positions(count, std::forward<Take>(take)));
  }
  /// The same for rows, whose slots stand for units. Where they are the answer to take_readings(), call
  /// answer_readings() afterwards.
  template <class Take>
  std::size_t push_rows(std::size_t count, Take&& take) {
    return pushed(mailbox_.put_rows(count, std::forward<Take>(take)));
  }
  /// See Readings::take.
  std::size_t take_readings(std::span<std::int32_t> slots);
  /// The places that take_readings() named have been pushed, as far as they could be read.
  void answer_readings();
  [[nodiscard]] bool is_bound(std::uint32_t slot) const { return mailbox_.is_bound(slot); }
  /// From now on the slot stands for `unit`, or for nobody when `unit` is empty. A unit that loses its last slot is
  /// forgotten. False when the mailbox is full.
  bool bind_slot(std::uint32_t slot, std::string_view unit);
  /// Texts that travel with the next place of a slot that stands for a unit. False when the mailbox is full.
  bool describe_slot(std::uint32_t slot, const UnitTexts& texts);
  void count_refused_positions(std::size_t count) { refused_positions_.fetch_add(count, std::memory_order_relaxed); }
  bool remove_unit(std::string_view unit);
  /// See state::Positions::set_location(). False when the mailbox is full.
  bool set_location(std::string_view unit, std::string_view text);
  /// The ticket, or 0 when the mailbox is full or too many answers are owed.
  Ticket want(state::DesiredKind kind, std::string_view unit, int value);
  void set_player_count(unsigned count);
  /// Takes `call` as CallSlots::put does. Gives the ticket, or 0 when limits::kMailboxCalls or limits::kCallBytes is
  /// reached.
  Ticket call(api::CheckedCall& call, Duration deadline);
  /// False when the mailbox is full.
  bool cancel(Ticket ticket);
  /// Takes an event that came by HTTP. False when limits::kPushEvents or kPushBytes of them wait.
  bool push_event(api::PushEvent event);
  /// Looks at the way to the CAD; the answer is to_json(net::Diagnosis). The ticket, or 0 when a look is under way or
  /// too many answers are owed.
  Ticket diagnose();
  /// The answer is unit_report(). The ticket, or 0 when too many answers are owed.
  Ticket look_at(std::string_view unit);
  /// From now on the host gets the log lines up to this level.
  void set_log_level(LogLevel level) { log_level_.store(static_cast<int>(level), std::memory_order_relaxed); }
  /// When a request of this operation, made now, is expected to be sent; kNever: not known until an answer comes. One
  /// atomic read.
  [[nodiscard]] Time expected(const api::Operation& operation) const;
  [[nodiscard]] api::CallRules call_rules() const;

  std::size_t poll(std::vector<Event>& into, std::size_t max);
  /// The number of tickets without an answer, or with an answer that was not polled; want() and call() give 0 at
  /// limits::kOwedPanics and kOwedAnswers.
  [[nodiscard]] std::size_t owed() const { return owed_; }
  [[nodiscard]] const Outbox& outbox() const { return outbox_; }
  Outbox& outbox() { return outbox_; }

  /// The newest report; asks for a newer one. Never waits for it.
  std::shared_ptr<const std::string> report();

  /// The newest list of where units are; asks for a newer one. The list is made only on request, so the first call
  /// gives null. Never waits.
  std::shared_ptr<const UnitsReport> units();

  /// True when everything so far was answered within the limit.
  bool flush(std::chrono::milliseconds timeout);

  /// Sends waiting panics and statuses for at most `timeout`, then ends the loop thread.
  Unsent stop(std::chrono::milliseconds timeout);

  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  explicit Module(Settings settings);

  // On the game thread.
  std::size_t pushed(std::size_t full);
  /// Wakes the loop thread. True when the mailbox took it; a refusal is counted.
  bool taken(Mailbox::Put put);
  /// Counts a refused call; the ticket is 0.
  Ticket refused();

  // On the loop thread only.
  void prepare();
  void run();
  void read_map();
  void pump();
  void read_mailbox(Time now);
  void read_places(Time now);
  void send_requests(Time now);
  void publish();
  void tell_units();
  void publish(LogLine line);
  /// Why there is no connection to the CAD's hub; "" where there is one.
  [[nodiscard]] std::string_view why_not_live() const;
  void go_live();
  void hear(api::PushEvent event, bool from_bridge = false);
  /// Whether the host gets the bridge's own actions as events. It does where the CAD's events come in.
  [[nodiscard]] bool tells_own_events() const;
  void publish_state();
  boost::asio::awaitable<void> look(Ticket ticket);
  void answer(Ticket ticket, std::string json);
  void read_clock(const std::string& date, const api::Outcome& outcome);
  void name_readings(Time now);
  void set_timer(Time now);
  void publish_report(Time now);
  void publish_units(Time now);
  void publish_waits(Time now);
  void settle_bytes();
  void warm();
  boost::asio::awaitable<void> exchange(schedule::Request request);
  void finish();

  Settings settings_;
  std::optional<net::TlsContext> tls_;  // the loop thread's
  std::optional<Message> unprepared_;   // why prepare() failed
  Mailbox mailbox_;
  Outbox outbox_;
  Readings readings_;
  ReadingCounts reading_counts_;
  bool reading_ = false;               // the game thread has taken readings and not answered them
  std::atomic<bool> answered_{false};  // readings were answered since the mailbox was read
  std::atomic<bool> wants_positions_{true};
  std::atomic<bool> report_wanted_{false};
  std::atomic<bool> units_wanted_{false};
  std::atomic<int> log_level_;
  std::atomic<bool> looking_{false};  // at the way to the CAD
  std::atomic<std::uint64_t> refused_positions_{0};
  std::atomic<std::uint64_t> refused_calls_{0};
  std::atomic<std::size_t> unheard_{0};        // events that push_event() has taken and hear() has not
  std::atomic<std::size_t> unheard_bytes_{0};  // of unheard_
  std::atomic<std::size_t> call_bytes_{0};     // of calls in the mailbox and the queue
  std::vector<std::atomic<Time::rep>> waits_;  // when a request of each operation is expected to be sent
  Ticket next_ticket_ = 1;
  std::size_t owed_ = 0;

  std::mutex report_mutex_;  // held for copying a pointer
  std::shared_ptr<const std::string> report_;
  std::shared_ptr<const UnitsReport> units_;

  schedule::Scheduler scheduler_;
  state::MapFiles map_files_;
  Inbox inbox_;
  SlotTable slots_;
  ReadingPlan plan_;
  Time started_ = Clock::now();
  Time report_at_ = Time::min();
  std::optional<Time> stop_at_;
  std::vector<std::promise<void>> flushes_;
  std::size_t counted_bytes_ = 0;  // of call_bytes_, those that have left the mailbox
  Unsent unsent_;
  Ticket look_ticket_ = 0;  // of the look that is under way
  std::optional<ClockReading> clock_;
  StateChange told_state_{.state = "starting", .reason = {}, .hub = {}};

  // The clients must outlive the loop's context: objects that the context destroys may still refer to them.
  std::optional<net::HttpClient> client_;
  std::optional<HubClient> hub_;  // nothing: there is no connection to the CAD's hub
  EventCounts events_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer warm_timer_;
  Waker waker_;
  std::optional<Membership> membership_;
  std::mutex stop_mutex_;
  bool begun_ = false;  // begin() was called
  std::promise<void> prepared_;
  std::future<void> preparing_ = prepared_.get_future();
  std::promise<bool> may_run_;  // false: the module ends before begin()
  std::thread thread_;
};

}  // namespace sonoran::runtime
