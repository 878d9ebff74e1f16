#include "runtime/module.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <random>
#include <utility>

#include "api/json.h"
#include "api/own_event.h"
#include "api/unit_news.h"
#include "core/limits.h"
#include "core/redaction.h"
#include "core/text.h"
#include "runtime/ledger.h"
#include "runtime/map_files.h"
#include "runtime/process_end.h"

namespace sonoran::runtime {
namespace {

namespace asio = boost::asio;

/// A report is renewed at most this often, unless somebody asks.
constexpr auto kReportInterval = std::chrono::seconds(1);

std::size_t bytes_of(const api::PushEvent& event) {
  return event.type.size() + event.data.size();
}

/// Units, calls and records that the calls of one turn of the loop may name before other work has its turn: some
/// hundred microseconds. One call may name limits::kCallTargets: its units are then taken in several turns.
constexpr std::size_t kTurnTargets = 1024;

/// Texts that cross the C interface are UTF-8, whatever the CAD has sent.
void make_utf8(std::string& text) {
  if (!is_utf8(text)) text = valid_utf8(text);
}

net::AuthorityChoice authorities_of(const Settings& settings) {
  return {.ca_file = settings.ca_file, .bundle = settings.ca_bundle, .root = ""};
}

std::int64_t wall_now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Check Module::check(const Settings& settings) {
  if (!settings.endpoint.tls) return {};
  return net::check_authorities(authorities_of(settings));
}

Result<std::unique_ptr<Module>> Module::open(Settings settings) {
  if (const Check checked = check(settings); !checked) return checked.error();
  return std::unique_ptr<Module>(new Module(std::move(settings)));
}

Module::Module(Settings settings)
    : settings_(std::move(settings)),
      log_level_(settings_.log_level),
      waits_(api::operations().size()),
      scheduler_(settings_, std::random_device()()),
      plan_(settings_.position_interval),
      work_(context_.get_executor()),
      timer_(context_),
      warm_timer_(context_),
      waker_(
          context_, [this] { pump(); },
          [this] {
            return inbox_.calls.empty() && !scheduler_.has_rest() && mailbox_.empty() &&
                   !report_wanted_.load(std::memory_order_acquire) && !units_wanted_.load(std::memory_order_acquire);
          }) {
  if (settings_.follows_active_units) scheduler_.follow_active_units();
  publish_report(started_);
  thread_ = std::thread([this, may_run = may_run_.get_future()]() mutable {
    prepare();
    if (may_run.get()) run();
  });
}

void Module::prepare() {
  try {
    if (settings_.endpoint.tls) {
      auto made = net::make_tls_context(authorities_of(settings_));
      if (!made) unprepared_ = made.error();
      // Without authorities no certificate is trusted: every connection fails, and its message says what to look at.
      tls_ = made ? *std::move(made) : net::TlsContext{net::bare_tls_context(), {}};
    }
    client_.emplace(context_.get_executor(), settings_, tls_ ? &tls_->context : nullptr,
                    "sonoran_bridge/" SONORAN_VERSION);
  } catch (const std::exception& error) {
    unprepared_ = Message{std::string("sonoran_bridge cannot start: ") + error.what() + "."};
  }
  prepared_.set_value();
}

Check Module::wait_until_prepared() {
  preparing_.wait();
  if (unprepared_) return *unprepared_;
  return {};
}

void Module::begin() {
  begun_ = true;
  started_ = Clock::now();
  membership_.emplace(Ledger::process().account(settings_), settings_, [this] { waker_.wake(); });
  scheduler_.spend_from(membership_->budgets());
  publish_waits(started_);
  may_run_.set_value(true);
  stop_at_process_end(*this);
}

// NOLINTNEXTLINE(bugprone-exception-escape): see there
Module::~Module() {
  if (!begun_) {
    may_run_.set_value(false);
    thread_.join();
    if (client_) client_->close();  // its timers must not outlive the loop's context; run() was not reached
    return;
  }
  forget_at_process_end(*this);
  stop(std::chrono::milliseconds(0));
}

// ------------------------------------------------------------------------------------------------- the game thread's

Ticket Module::refused() {
  refused_calls_.fetch_add(1, std::memory_order_relaxed);
  return 0;
}

bool Module::taken(Mailbox::Put put) {
  if (put == Mailbox::Put::kFull) refused();
  waker_.wake();
  return put == Mailbox::Put::kTaken;
}

bool Module::remove_unit(std::string_view unit) {
  return taken(mailbox_.put_removal(unit));
}

std::size_t Module::pushed(std::size_t full) {
  if (full != 0) refused_positions_.fetch_add(full, std::memory_order_relaxed);
  // The loop thread reads positions when the budget opens. It is woken only while it waits for a unit to move.
  if (wants_positions_.exchange(false, std::memory_order_acq_rel)) waker_.wake();
  return full;
}

std::size_t Module::take_readings(std::span<std::int32_t> slots) {
  const std::size_t count = readings_.take(slots);
  if (count != 0) reading_ = true;
  return count;
}

void Module::answer_readings() {
  // Only when all of the list is answered, so that its places leave together.
  if (!readings_.taken() || !std::exchange(reading_, false)) return;
  answered_.store(true, std::memory_order_release);
  waker_.wake();
}

bool Module::bind_slot(std::uint32_t slot, std::string_view unit) {
  return taken(mailbox_.put_binding(slot, unit));
}

bool Module::describe_slot(std::uint32_t slot, const UnitTexts& texts) {
  const Mailbox::Put put = mailbox_.put_texts(slot, texts);
  // Texts travel with a place: alone they wake nobody, unless the mailbox has to be emptied.
  return put == Mailbox::Put::kTaken || taken(put);
}

bool Module::set_location(std::string_view unit, std::string_view text) {
  return taken(mailbox_.put_location(unit, text));
}

Ticket Module::want(state::DesiredKind kind, std::string_view unit, int value) {
  const std::size_t most = kind == state::DesiredKind::kPanic ? limits::kOwedPanics : limits::kOwedAnswers;
  const Ticket ticket = next_ticket_++;
  const DesiredState wanted{kind, FixedText<limits::kUnitIdBytes>(unit), value, ticket};
  if (owed_ >= most || mailbox_.put_desired(wanted) == Mailbox::Put::kFull) return refused();
  ++owed_;
  waker_.wake();
  return ticket;
}

Ticket Module::call(api::CheckedCall& call, Duration deadline) {
  const std::size_t bytes = call.bytes();
  const std::size_t reserved = api::is_emergency(*call.operation) ? 0 : limits::kEmergencyBytes;
  const bool fits = call_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limits::kCallBytes - reserved;
  const Ticket ticket = next_ticket_++;
  auto put = Mailbox::Put::kFull;
  try {
    if (fits && owed_ < limits::kOwedAnswers) put = mailbox_.put_call(ticket, call, Clock::now() + deadline);
  } catch (...) {
    call_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    throw;
  }
  if (put == Mailbox::Put::kFull) {
    call_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return refused();
  }
  ++owed_;
  waker_.wake();
  return ticket;
}

std::size_t Module::poll(std::vector<Event>& into, std::size_t max) {
  const std::size_t count = outbox_.take(into, max);
  for (const Event& event : into) {
    if (std::holds_alternative<schedule::Answer>(event)) --owed_;
  }
  return count;
}

bool Module::cancel(Ticket ticket) {
  if (!is_host_ticket(ticket)) return true;  // no call of the host has this ticket
  return taken(mailbox_.put_cancel(ticket));
}

bool Module::push_event(api::PushEvent event) {
  const std::size_t bytes = bytes_of(event);
  if (unheard_.load(std::memory_order_relaxed) + outbox_.pushed() >= limits::kPushEvents ||
      unheard_bytes_.load(std::memory_order_relaxed) + outbox_.pushed_bytes() + bytes > limits::kPushBytes) {
    refused();
    return false;
  }
  unheard_.fetch_add(1, std::memory_order_relaxed);
  unheard_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  // This allocates, which is acceptable for so few events: the CAD sends them by the hub.
  asio::post(context_, [this, bytes, event = std::move(event)]() mutable {
    hear(std::move(event));
    unheard_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    unheard_.fetch_sub(1, std::memory_order_relaxed);
    pump();
  });
  return true;
}

Ticket Module::diagnose() {
  if (owed_ >= limits::kOwedAnswers || looking_.exchange(true, std::memory_order_relaxed)) return refused();
  const Ticket ticket = next_ticket_++;
  ++owed_;
  asio::post(context_, [this, ticket] {
    look_ticket_ = ticket;
    asio::co_spawn(context_, look(ticket), asio::detached);
  });
  return ticket;
}

Ticket Module::look_at(std::string_view unit) {
  if (owed_ >= limits::kOwedAnswers) return refused();
  const Ticket ticket = next_ticket_++;
  ++owed_;
  asio::post(context_, [this, ticket, unit = std::string(unit)] {
    const Time now = Clock::now();
    read_mailbox(now);  // it may have news of the unit that came before this question
    answer(ticket, unit_report(scheduler_, unit, now));
    pump();
  });
  return ticket;
}

Time Module::expected(const api::Operation& operation) const {
  const auto index = static_cast<std::size_t>(&operation - api::operations().data());
  return Time(Duration(waits_[index].load(std::memory_order_relaxed)));
}

api::CallRules Module::call_rules() const {
  return {.server_id = settings_.server_id, .upload_folders = settings_.upload_folders};
}

void Module::set_player_count(unsigned count) {
  mailbox_.put_player_count(count);
  waker_.wake();
}

std::shared_ptr<const std::string> Module::report() {
  report_wanted_.store(true, std::memory_order_release);
  waker_.wake();
  const std::lock_guard lock(report_mutex_);
  return report_;
}

std::shared_ptr<const UnitsReport> Module::units() {
  units_wanted_.store(true, std::memory_order_release);
  waker_.wake();
  const std::lock_guard lock(report_mutex_);
  return units_;
}

bool Module::flush(std::chrono::milliseconds timeout) {
  std::promise<void> promise;
  auto done = promise.get_future();
  asio::post(context_, [this, promise = std::move(promise)]() mutable {
    flushes_.push_back(std::move(promise));
    pump();
  });
  return done.wait_for(timeout) == std::future_status::ready;
}

Unsent Module::stop(std::chrono::milliseconds timeout) {
  // The end of the process may call this on another thread while the game thread does.
  const std::lock_guard lock(stop_mutex_);
  if (!thread_.joinable()) return unsent_;
  const Time deadline = Clock::now() + timeout;
  asio::post(context_, [this, deadline] {
    do {
      read_mailbox(Clock::now());
    } while (!inbox_.calls.empty() || scheduler_.has_rest());
    stop_at_ = deadline;
    const auto pending = [this] {
      return scheduler_.calls().commands().pending + scheduler_.calls().queries().pending;
    };
    unsent_.calls = pending();
    scheduler_.begin_stop();
    unsent_.calls -= pending();
    pump();
  });
  thread_.join();
  return unsent_;
}

// ------------------------------------------------------------------------------------------------- the loop thread's

void Module::run() {
  if (unprepared_) {
    publish({LogLevel::kError, unprepared_->text});
  } else if (tls_) {
    publish({LogLevel::kInfo, "The CAD's certificate is verified against " + tls_->trusted.source + "."});
  }
  read_map();
  publish_report(started_);
  try {
    if (client_) {
      go_live();
      warm();
      context_.run();
    }
  } catch (const std::exception& error) {
    // Nothing below is expected to throw. If something does, the host is told and goes on running.
    outbox_.put(LogLine{LogLevel::kError, std::string("sonoran_bridge stopped: ") + error.what()});
    wants_positions_ = false;
  }
  unsent_.panics = scheduler_.panics().unsettled();
  unsent_.statuses = scheduler_.statuses().unsettled();
  unsent_.calls += scheduler_.calls().commands().pending + scheduler_.calls().queries().pending;
  scheduler_.settle_budgets(Clock::now());
  scheduler_.end_stop();
  unsent_.positions = scheduler_.positions().counters().shutdown;
  publish();
  if (look_ticket_ != 0) {
    outbox_.put(schedule::Answer{.ticket = std::exchange(look_ticket_, 0),
                                 .error = {ErrorKind::kShuttingDown, "Shutting down",
                                           "The bridge was stopped while it looked at the way to the CAD.", ""}});
  }
  if (client_) client_->close();
  if (hub_) hub_->close();
}

/// Reads the owner's files. prepare() does not, because the game thread waits for it when a bridge is replaced.
void Module::read_map() {
  std::vector<LogLine> log;
  map_files_ = read_map_files(settings_, map_files_, log);
  scheduler_.use_map_files(map_files_);
  for (LogLine& line : log) publish(std::move(line));
}

std::string_view Module::why_not_live() const {
  if (!settings_.live) return "sonoran_bridge_live is off.";
  if (settings_.community_id.empty()) return "sonoran_communityID is not set.";
  return "";
}

void Module::go_live() {
  if (!why_not_live().empty()) {
    if (settings_.live) {
      publish({LogLevel::kInfo,
               "sonoran_communityID is not set. Everything works without it except the CAD's events: with the "
               "community's id, what dispatchers do (calls, statuses, panics that they clear) reaches this server's "
               "scripts at once."});
    }
    return;
  }
  const std::string agent = "sonoran_bridge/" SONORAN_VERSION;
  // prepare() has made the client. NOLINTNEXTLINE(bugprone-unchecked-optional-access)
  hub_.emplace(context_.get_executor(), settings_, *client_, tls_ ? &tls_->context : nullptr, agent,
               schedule::Random(std::random_device()()),
               HubClient::Told{.event = [this](api::PushEvent event) { hear(std::move(event)); },
                               .pause = [this] { pump(); },
                               .change =
                                   [this](bool up) {
                                     scheduler_.set_live(Clock::now(), up);
                                     waker_.wake();
                                     publish_report(Clock::now());
                                     publish_state();
                                   },
                               .located =
                                   [this](std::uint64_t number, const api::HubAnswer& answer) {
                                     scheduler_.hub_answered(Clock::now(), number, answer);
                                   },
                               .log = [this](LogLine line) { publish(std::move(line)); }});
  scheduler_.expect_hub(Clock::now());
  hub_->start();
}

void Module::pump() {
  const Time now = Clock::now();
  read_mailbox(now);
  if (stop_at_ && (scheduler_.stop_settled() || now >= *stop_at_)) return finish();
  send_requests(now);
  publish();
  if (!flushes_.empty() && inbox_.calls.empty() && scheduler_.settled()) {
    for (auto& promise : flushes_) promise.set_value();
    flushes_.clear();
  }
  if (report_wanted_.exchange(false, std::memory_order_acq_rel) || now - report_at_ >= kReportInterval) {
    publish_report(now);
  }
  if (units_wanted_.exchange(false, std::memory_order_acq_rel)) publish_units(now);
  settle_bytes();
  publish_waits(now);
  set_timer(now);
}

void Module::read_mailbox(Time now) {
  mailbox_.take(inbox_);
  read_places(now);
  for (const LocationText& shown : inbox_.locations) {
    if (scheduler_.set_location(now, shown.unit.view(), shown.text.view())) continue;
    publish({LogLevel::kWarn, "The text for the place of unit '" + std::string(shown.unit.view()) +
                                  "' is not shown, because " + std::to_string(limits::kUnits) +
                                  " units have such a text already."});
  }
  for (const DesiredState& wanted : inbox_.desired) {
    // They are taken before the calls, although some calls may have been made earlier: the tickets tell the order.
    scheduler_.want(now, wanted.kind, wanted.unit.view(), wanted.value, wanted.ticket, wanted.ticket);
  }
  for (const Ticket ticket : inbox_.superseded) {
    schedule::Answer answer;
    answer.ticket = ticket;
    answer.deduplicated = true;
    outbox_.put(std::move(answer));
  }
  if (scheduler_.has_rest()) {
    scheduler_.take_rest(now, kTurnTargets);
  } else {
    inbox_.calls.drain(kTurnTargets, [&](Ticket ticket, api::CheckedCall call, Time deadline) {
      counted_bytes_ += call.bytes();
      scheduler_.call(now, ticket, std::move(call), deadline, kTurnTargets);
    });
  }
  if (inbox_.calls.empty()) {
    for (const Ticket ticket : inbox_.cancels) scheduler_.cancel(ticket);
  }
  if (inbox_.player_count) {
    scheduler_.count_coalesced_heartbeats(inbox_.coalesced_player_counts);
    scheduler_.set_player_count(now, *inbox_.player_count);
  }
  inbox_.clear_read();
}

void Module::read_places(Time now) {
  std::uint64_t coalesced = 0;
  for (const UnitRecord& record : inbox_.units) coalesced += record.coalesced;
  for (const Row& row : inbox_.rows) coalesced += row.coalesced;
  scheduler_.count_coalesced_positions(coalesced);
  // If a slot stands for the unit as well, the host can be asked for its place.
  const auto push = [&](const state::PositionSample& sample) {
    slots_.stands_for(sample.unit) ? scheduler_.read_position(now, sample).has_value()
                                   : scheduler_.push_position(now, sample);
  };
  const auto forget = [&](const std::string& unit) {
    if (!unit.empty()) scheduler_.remove_unit(unit);
  };
  inbox_.visit_places(
      [&](const Row& row) {
        slots_.sample(row, [&](const state::PositionSample& sample) {
          if (const auto place = scheduler_.read_position(now, sample)) slots_.note(row.slot, *place);
        });
        plan_.settled(row.slot);
      },
      [&](const SlotNews& news) {
        switch (news.kind) {
          case SlotNews::Kind::kBound:
            forget(slots_.bind(news.slot, news.unit.view()));
            plan_.bound(now, news.slot);
            break;
          case SlotNews::Kind::kUnbound:
            forget(slots_.unbind(news.slot));
            plan_.settled(news.slot);
            break;
          case SlotNews::Kind::kTexts:
            slots_.describe(news);
            break;
        }
      },
      [&](const UnitRecord& record) { scheduler_.remove_unit(record.unit.view()); },
      [&](const UnitRecord& record) { push(record.sample()); });
  if (answered_.exchange(false, std::memory_order_acq_rel)) {
    scheduler_.readings_answered();
    reading_counts_.answered(now, !readings_.taken());
  }
}

void Module::send_requests(Time now) {
  while (auto next = scheduler_.next(now)) {
    schedule::Request& request = *next;  // the loop's condition; NOLINT(bugprone-unchecked-optional-access)
    const bool urgent = request.operation->lane == api::Lane::kUrgent;
    asio::co_spawn(context_, exchange(std::move(request)), asio::detached);
    // It is written before other requests are made, because a batch of positions takes milliseconds. The timer comes
    // after this coroutine and finds what else is due.
    if (urgent) return;
  }
  // There are calls only after set_live(), and so with a hub. NOLINTNEXTLINE(bugprone-unchecked-optional-access)
  if (const auto call = scheduler_.next_hub_call(now)) hub_->locate(call->number, call->arguments);
}

asio::awaitable<void> Module::exchange(schedule::Request request) {
  const std::uint64_t id = request.id;
  const api::Operation& operation = *request.operation;
  std::vector<std::string> secrets = api::secrets_of(operation, request.body);
  secrets.push_back(settings_.api_key);
  const bool own = tells_own_events() && api::makes_own_event(operation);
  const std::string asked = own ? request.body : "";
  net::HttpRequest http{.method = std::string(operation.method),
                        .target = std::move(request.target),
                        .body = std::move(request.body),
                        .authenticated = operation.authenticated,
                        .multipart = std::move(request.multipart)};
  const net::Sending sending{
      .lane = operation.lane,
      .repeatable = request.repeatable,
      .hedged = request.hedged,
      .permit = [this, id](schedule::Copy copy) { return scheduler_.permit(Clock::now(), id, copy); }};
  net::Exchanged exchanged;
  try {
    exchanged = co_await client_->exchange(std::move(http), sending);
  } catch (const std::exception& error) {
    exchanged.response.stage = api::Stage::kRead;
    exchanged.response.detail = std::string("The exchange with the CAD failed (") + error.what() + ").";
  }
  // An answer may repeat a secret, which must reach no log and no script. It is taken out before texts are cut.
  api::Response& response = exchanged.response;
  for (const std::string& secret : secrets) {
    for (std::string* text : {&response.body, &response.detail, &response.content_type, &response.server}) {
      redact(*text, secret);
    }
  }
  const std::string date = std::move(response.date);
  api::Outcome outcome = api::interpret(std::move(exchanged.response), wall_now_s());
  read_clock(date, outcome);
  auto event =
      own && outcome.failure == api::Failure::kNone ? api::own_event(operation, asked, outcome.body) : std::nullopt;
  scheduler_.done(Clock::now(), id, std::move(outcome), exchanged.hedge);
  if (event) hear(*std::move(event), true);
  pump();
}

void Module::publish() {
  outbox_.free_spent();
  for (schedule::Answer& answer : scheduler_.take_answers()) {
    outbox_.put(std::move(answer));
  }
  tell_units();
  for (LogLine& line : scheduler_.take_log()) publish(std::move(line));
  publish_state();
}

/// If news of units was dropped, the host gets the whole list as soon as there is room for it.
void Module::tell_units() {
  if (!outbox_.has_room_for_news()) return;
  if (outbox_.take_lost_news()) scheduler_.tell_all_active_units();
  if (const auto change = scheduler_.take_active_units()) outbox_.put(ActiveUnits{to_json(*change)});
}

void Module::publish_state() {
  StateChange change{
      .state = std::string(schedule::state_name(scheduler_.state())), .reason = scheduler_.reason(), .hub = {}};
  // Before the first connection `hub` stays empty.
  if (hub_ && hub_->link().state() == schedule::HubState::kUp) {
    change.hub = "up";
  } else if (hub_ && !hub_->link().last_end().empty()) {
    change.hub = "down";
  }
  redact(change.reason, settings_.api_key);
  make_utf8(change.reason);
  if (change == told_state_) return;
  told_state_ = change;
  outbox_.put(std::move(change));
}

/// Looks at the way to the CAD. Ends before limits::kLook..._ms are over in any case.
asio::awaitable<void> Module::look(Ticket ticket) {
  using std::chrono::milliseconds;
  const net::DialLimits within{
      .resolve = std::min(settings_.resolve_timeout, milliseconds(limits::kLookLookup_ms)),
      .connect = std::min(settings_.connect_timeout, milliseconds(limits::kLookConnect_ms)),
      .handshake = std::min(settings_.handshake_timeout, milliseconds(limits::kLookHandshake_ms))};
  net::Diagnosis diagnosis;
  try {
    diagnosis =
        co_await net::diagnose(context_.get_executor(), settings_.endpoint, within, tls_ ? &tls_->context : nullptr);
  } catch (const std::exception& error) {
    diagnosis.error = std::string("The way to the CAD could not be looked at (") + error.what() + ").";
  }
  look_ticket_ = 0;
  looking_.store(false, std::memory_order_relaxed);  // before the answer: who has it may look again
  answer(ticket, to_json(diagnosis, settings_.endpoint.text));
}

/// Answers a ticket with JSON that the bridge has made itself.
void Module::answer(Ticket ticket, std::string json) {
  redact(json, settings_.api_key);
  outbox_.put(schedule::Answer{.ticket = ticket, .body = std::move(json), .body_is_json = true});
}

/// Only an answer of the CAD itself counts: something on the road has a clock of its own.
void Module::read_clock(const std::string& date, const api::Outcome& outcome) {
  if (!api::is_the_cads_word(outcome)) return;
  if (const auto date_s = api::parse_http_date(date))
    clock_ = {.ahead_s = wall_now_s() - *date_s, .read_at = Clock::now()};
}

void Module::publish(LogLine line) {
  if (static_cast<int>(line.level) > log_level_.load(std::memory_order_relaxed)) return;
  redact(line.text, settings_.api_key);
  make_utf8(line.text);
  outbox_.put(std::move(line));
}

void Module::hear(api::PushEvent event, bool from_bridge) {
  PushedEvent pushed{
      .type = std::move(event.type), .data = std::move(event.data), .data_is_json = false, .from_bridge = from_bridge};
  redact_in_either_case(pushed.data, settings_.api_key);
  redact_in_either_case(pushed.type, settings_.api_key);
  if (!from_bridge) events_.count(Clock::now(), pushed.type);
  make_utf8(pushed.data);
  pushed.data_is_json = pushed.data.size() <= limits::kPushJsonBytes && api::is_json(pushed.data, limits::kAnswerDepth);
  if (!from_bridge) {
    if (const auto news = api::read_unit_news(pushed.type, pushed.data)) scheduler_.heard(Clock::now(), *news);
  }
  outbox_.put(std::move(pushed));
}

bool Module::tells_own_events() const {
  return hub_ || events_.last();
}

/// The host gets one list at a time. A list that waited behind another one would be outdated.
void Module::name_readings(Time now) {
  if (!readings_.taken() || plan_.due(now, scheduler_, slots_) > now) return;
  const auto named = plan_.name(now, scheduler_, slots_);
  reading_counts_.named(now, named.size());
  readings_.put(named);
}

void Module::set_timer(Time now) {
  Time at = scheduler_.wakeup(now);
  name_readings(now);
  // While the host has a list, its answer wakes this thread.
  if (readings_.taken()) at = std::min(at, plan_.due(now, scheduler_, slots_));
  // Positions wait in the mailbox, newest first, until a request may leave; only then are they looked at.
  const Time open = scheduler_.positions_open(now);
  if (open <= now) {
    wants_positions_.store(true, std::memory_order_release);
    // A position may have come since the mailbox was read, and has not woken this thread.
    if (!mailbox_.empty() && wants_positions_.exchange(false, std::memory_order_acq_rel)) at = now;
  } else {
    wants_positions_.store(false, std::memory_order_release);
    at = std::min(at, open);
  }
  if (stop_at_) at = std::min(at, *stop_at_);
  timer_.cancel();
  if (at == kNever) return;
  timer_.expires_at(std::max(at, now));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) pump();
  });
}

void Module::publish_report(Time now) {
  report_at_ = now;
  const RuntimeCounters counters{.refused_positions = refused_positions_.load(std::memory_order_relaxed),
                                 .refused_calls = refused_calls_.load(std::memory_order_relaxed),
                                 .dropped_events = outbox_.dropped(),
                                 .dropped_bodies = outbox_.dropped_bodies(),
                                 .clock = clock_,
                                 .readings = reading_counts_};
  const HubReport hub{.client = hub_ ? &*hub_ : nullptr,
                      .reason = why_not_live(),
                      .events = events_,
                      .dropped = outbox_.dropped_pushed()};
  auto text = std::make_shared<const std::string>(runtime::report(scheduler_, counters, hub, started_, now));
  const std::lock_guard lock(report_mutex_);
  report_ = std::move(text);
}

void Module::publish_units(Time now) {
  auto pieces = std::make_shared<const UnitsReport>(units_report(scheduler_, now));
  const std::lock_guard lock(report_mutex_);
  units_.swap(pieces);
}

void Module::publish_waits(Time now) {
  const auto operations = scheduler_.operations();
  for (std::size_t i = 0; i < operations.size(); ++i) {
    waits_[i].store(scheduler_.expected(operations[i], now).time_since_epoch().count(), std::memory_order_relaxed);
  }
}

void Module::settle_bytes() {
  const std::size_t held = scheduler_.held_bytes();
  call_bytes_.fetch_sub(counted_bytes_ - held, std::memory_order_relaxed);
  counted_bytes_ = held;
}

void Module::warm() {
  // While the CAD cannot be reached, only the scheduler probes it.
  constexpr auto kInterval = std::chrono::seconds(limits::kWarm_s);
  const auto state = scheduler_.state();
  if (state == schedule::State::kStarting || state == schedule::State::kRunning) {
    // A connection that was used a moment ago is as good as a new one.
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access)
    asio::co_spawn(context_, client_->warm(api::Lane::kUrgent, kInterval / 2), asio::detached);
  }
  warm_timer_.expires_after(kInterval);
  warm_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) warm();
  });
}

void Module::finish() {
  publish();
  if (client_) client_->close();
  if (hub_) hub_->close();
  work_.reset();
  context_.stop();
}

}  // namespace sonoran::runtime
