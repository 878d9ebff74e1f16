// The way in: what the game thread says, until the loop thread picks it up.
//
// One mutex guards it, and nobody holds that for longer than it takes to copy a few positions or one small call, or to
// swap two buffers: the game thread never waits for work. Nothing is allocated for a position.
#pragma once

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/call.h"
#include "core/fixed_text.h"
#include "core/limits.h"
#include "core/text.h"
#include "core/ticket.h"
#include "core/time.h"
#include "state/positions.h"
#include "state/waiting_values.h"

namespace sonoran::runtime {

/// A unit's newest sample, or its removal, or both (removed, then seen again).
struct UnitRecord {
  FixedText<limits::kUnitIdBytes> unit;
  bool removed = false;  // forget what was known before this record
  bool has_sample = false;
  double x = 0, y = 0, z = 0, heading = 0;
  bool has_location = false, has_peer = false, has_vehicle = false;
  FixedText<limits::kLocationBytes> location;
  FixedText<limits::kPeerIdBytes> peer;
  FixedText<limits::kVehicleModelBytes> vehicle;
  std::uint32_t coalesced = 0;  // samples that this one replaced here

  [[nodiscard]] state::PositionSample sample() const;
};

/// A panic or status that the host wants.
struct DesiredState {
  state::DesiredKind kind = state::DesiredKind::kPanic;
  FixedText<limits::kUnitIdBytes> unit;
  int value = 0;
  Ticket ticket = 0;
};

/// A command or query, checked.
struct QueuedCall {
  Ticket ticket = 0;
  api::CheckedCall call;
  Time deadline;
};

/// Calls in slots that are used again with the memory they have: what the game thread puts in is copied in, and the
/// loop thread copies it out. Memory that one thread takes and another gives back makes both wait for the allocator's
/// lock, and the waiting is the game thread's. Calls of more than 4 KiB are moved: to copy them would take longer.
class CallSlots {
 public:
  /// Copies up to 4 KiB, moves what is longer; always moves the form out.
  void put(Ticket ticket, api::CheckedCall& call, Time deadline);
  [[nodiscard]] std::span<const QueuedCall> used() const { return std::span(slots_).first(used_); }
  /// `visit(ticket, call, deadline)` for each in its order, with the call copied or moved out, until these have named
  /// `targets` units, calls or records (a call counts as one more). The rest follows next time.
  template <class Visit>
  void drain(std::size_t targets, Visit&& visit) {
    while (drained_ < used_ && targets != 0) {
      QueuedCall& slot = slots_[drained_++];
      targets -= std::min(targets, targets_of(slot.call));
      visit(slot.ticket, taken_out(slot), slot.deadline);
    }
    if (drained_ == used_) clear();
  }
  [[nodiscard]] std::size_t size() const { return used_ - drained_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// Keeps at most 1,024 slots of 4 KiB each for the next calls.
  void clear();

 private:
  static std::size_t targets_of(const api::CheckedCall& call);
  static api::CheckedCall taken_out(QueuedCall& slot);

  std::vector<QueuedCall> slots_;
  std::size_t used_ = 0;
  std::size_t drained_ = 0;  // of these
};

/// Everything that waits, as the loop thread takes it.
struct Inbox {
  std::vector<UnitRecord> units;
  std::vector<DesiredState> desired;
  CallSlots calls;
  std::vector<Ticket> cancels;
  std::vector<Ticket> superseded;  // of panics that a later press of their unit joined: answered as repeats
  std::optional<unsigned> player_count;
  std::uint64_t coalesced_player_counts = 0;
  void clear();
  /// The same, but calls that were not drained stay, and the cancellations behind them.
  void clear_read();
};

class Mailbox {
 public:
  Mailbox();

  enum class Put : std::uint8_t { kTaken, kFull };

  /// Takes samples; `take(i)` gives sample number i of `count`. Newest wins. Returns how many did not fit: more than
  /// limits::kUnits units wait.
  template <class Take>
  std::size_t put_positions(std::size_t count, Take&& take) {
    // In pieces, so that the loop thread is never kept from its work for long either.
    static constexpr std::size_t kPiece = 64;
    std::size_t full = 0;
    for (std::size_t begin = 0; begin < count; begin += kPiece) {
      const std::lock_guard lock(mutex_);
      const std::size_t end = std::min(count, begin + kPiece);
      for (std::size_t i = begin; i < end; ++i) {
        if (put_sample(take(i)) == Put::kFull) ++full;
      }
    }
    return full;
  }
  Put put_removal(std::string_view unit);
  /// Past limits::kMailboxPanics a panic joins the one of its unit that waits, whose ticket goes into
  /// Inbox::superseded.
  Put put_desired(const DesiredState& wanted);
  /// See CallSlots::put.
  Put put_call(Ticket ticket, api::CheckedCall& call, Time deadline);
  Put put_cancel(Ticket ticket);
  void put_player_count(unsigned count);

  /// Swaps what waits into `inbox`, which must be clear; where it still has calls, those that wait here stay, and the
  /// cancellations with them.
  void take(Inbox& inbox);
  [[nodiscard]] bool empty();

 private:
  /// Panics past the bound: what its unit's presses come to.
  struct JoinedPanics {
    boost::container::static_vector<int, 3> values;  // as they would wait in state::DesiredStates
    Ticket ticket = 0;                               // of the last press
  };

  UnitRecord* record_of(std::string_view unit, std::size_t bound);
  Put put_sample(const state::PositionSample& sample);

  std::mutex mutex_;
  Inbox waiting_;
  // Keys are views into waiting_.units, whose elements stay where they are: its capacity is reserved.
  boost::unordered_flat_map<std::string_view, std::uint32_t, TextHash, std::equal_to<>> index_;
  std::unordered_map<std::string, JoinedPanics, TextHash, std::equal_to<>> joined_;
};

}  // namespace sonoran::runtime
