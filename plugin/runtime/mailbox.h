// The queue from the game thread to the loop thread.
//
// One mutex guards it. It is held only for copying a few positions or one small call, or for swapping two buffers, so
// the game thread never waits for work of the loop thread. Nothing is allocated for a position.
//
// What is said of one unit by its id and by its slots, places, bindings and removals, comes out in the order in which
// it was said. A newer place replaces one that waits, and takes the newer's turn.
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
#include "core/vehicle_kind.h"
#include "state/positions.h"
#include "state/waiting_values.h"

namespace sonoran::runtime {

/// A unit's newest sample, or its removal, or both (removed, then seen again).
struct UnitRecord {
  // Not "= default": then a new record's hundreds of bytes of texts would all be cleared first, on the game thread.
  UnitRecord() {}

  FixedText<limits::kUnitIdBytes> unit;
  bool removed = false;  // forget everything known before this record
  bool has_sample = false;
  double x = 0, y = 0, z = 0, heading = 0;
  bool has_location = false, has_peer = false, has_vehicle = false;
  FixedText<limits::kLocationBytes> location;
  FixedText<limits::kPeerIdBytes> peer;
  FixedText<limits::kVehicleModelBytes> vehicle;
  VehicleKind vehicle_kind = VehicleKind::kUnknown;  // not said
  std::optional<bool> siren;
  std::uint32_t coalesced = 0;  // samples that this one has replaced
  std::uint64_t removed_turn = 0;
  std::uint64_t turn = 0;  // of the sample

  [[nodiscard]] state::PositionSample sample() const;
};

/// A row's heading that stays as it was.
inline constexpr std::int32_t kSameHeading = INT32_MIN;

/// The newest place of a slot, in the units of sb_push_rows.
struct Row {
  std::uint32_t slot = 0;
  std::int32_t x = 0, y = 0, z = 0;  // decimetres
  std::int32_t heading = 0;          // degrees, 0 to 359, or kSameHeading
  std::uint32_t coalesced = 0;       // rows that this one has replaced
  std::uint64_t turn = 0;
};

/// What a slot stands for from now on, or texts for its next place.
struct SlotNews {
  enum class Kind : std::uint8_t { kBound, kUnbound, kTexts };

  SlotNews() {}  // as UnitRecord's

  Kind kind = Kind::kBound;
  std::uint32_t slot = 0;
  FixedText<limits::kUnitIdBytes> unit;
  bool has_location = false, has_peer = false, has_vehicle = false;
  FixedText<limits::kLocationBytes> location;
  FixedText<limits::kPeerIdBytes> peer;
  FixedText<limits::kVehicleModelBytes> vehicle;
  VehicleKind vehicle_kind = VehicleKind::kUnknown;  // not said
  std::optional<bool> siren;
  std::uint64_t turn = 0;
};

/// Texts of a unit; those that are not given stay as they are.
struct UnitTexts {
  std::optional<std::string_view> location{};
  std::optional<std::string_view> peer{};
  std::optional<std::string_view> vehicle{};
  VehicleKind vehicle_kind = VehicleKind::kUnknown;  // not said
  std::optional<bool> siren{};
};

/// What a script shows as the unit's place; "": nothing any more.
struct LocationText {
  LocationText() {}  // as UnitRecord's

  FixedText<limits::kUnitIdBytes> unit;
  FixedText<limits::kLocationBytes> text;
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

/// Calls in slots whose memory is reused: the game thread copies a call in, and the loop thread copies it out. If one
/// thread allocated memory and the other freed it, both would wait for the allocator's lock, and the game thread must
/// not wait. Calls of more than 4 KiB are moved, because copying them would take longer.
class CallSlots {
 public:
  /// Copies up to 4 KiB, moves longer calls; always moves the form out.
  void put(Ticket ticket, api::CheckedCall& call, Time deadline);
  [[nodiscard]] std::span<const QueuedCall> used() const { return std::span(slots_).first(used_); }
  /// Calls `visit(ticket, call, deadline)` for each call in order, copied or moved out, until these calls have named
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
  /// Keeps at most 1,024 slots of 4 KiB each for later calls.
  void clear();

 private:
  static std::size_t targets_of(const api::CheckedCall& call);
  static api::CheckedCall taken_out(QueuedCall& slot);

  std::vector<QueuedCall> slots_;
  std::size_t used_ = 0;
  std::size_t drained_ = 0;  // of these
};

/// Everything that the loop thread takes at once.
struct Inbox {
  std::vector<UnitRecord> units;
  std::vector<Row> rows;
  std::vector<SlotNews> slots;
  std::vector<LocationText> locations;
  std::vector<DesiredState> desired;
  CallSlots calls;
  std::vector<Ticket> cancels;
  std::vector<Ticket> superseded;  // of panics merged with a later press of their unit: answered as repeats
  std::optional<unsigned> player_count;
  std::uint64_t coalesced_player_counts = 0;
  void clear();
  /// The same, but keeps calls that were not drained, and the cancellations behind them.
  void clear_read();

  /// Calls `row(Row)`, `slot(SlotNews)`, `removal(UnitRecord)` and `sample(UnitRecord)` for all that there are, in
  /// their order.
  template <class OnRow, class OnSlot, class OnRemoval, class OnSample>
  void visit_places(OnRow&& row, OnSlot&& slot, OnRemoval&& removal, OnSample&& sample) {
    for (const Said& said : in_order()) {
      switch (said.what) {
        case Said::What::kRow:
          row(rows[said.index]);
          break;
        case Said::What::kSlot:
          slot(slots[said.index]);
          break;
        case Said::What::kRemoval:
          removal(units[said.index]);
          break;
        case Said::What::kSample:
          sample(units[said.index]);
          break;
      }
    }
  }

 private:
  struct Said {
    enum class What : std::uint8_t { kRow, kSlot, kRemoval, kSample };
    std::uint64_t turn;
    std::uint32_t index;
    What what;
  };
  const std::vector<Said>& in_order();

  std::vector<Said> order_;  // reused
};

class Mailbox {
 public:
  Mailbox();

  enum class Put : std::uint8_t { kTaken, kFull };

  /// Takes samples; `take(i)` gives sample i of `count`. The newest wins. Returns how many did not fit because more
  /// than limits::kUnits units wait.
  template <class Take>
  std::size_t put_positions(std::size_t count, Take&& take) {
    return put_in_pieces(count, [&](std::size_t i) { return put_sample(take(i)); });
  }
  Put put_removal(std::string_view unit);

  /// See Positions::set_location(). kFull: limits::kUnits of them wait.
  Put put_location(std::string_view unit, std::string_view text);

  /// From now on `slot` (below limits::kSlots) stands for `unit`. An empty one: for nobody.
  Put put_binding(std::uint32_t slot, std::string_view unit);
  /// They travel with the slot's next place. kFull also where the slot stands for nobody.
  Put put_texts(std::uint32_t slot, const UnitTexts& texts);
  [[nodiscard]] bool is_bound(std::uint32_t slot) const { return slot < slots_.size() && slots_[slot].bound; }
  /// Takes `count` rows; `take(i)` gives row i, whose slot stands for a unit. The newest of a slot wins. Returns how
  /// many did not fit because limits::kUnits rows wait.
  template <class Take>
  std::size_t put_rows(std::size_t count, Take&& take) {
    return put_in_pieces(count, [&](std::size_t i) { return put_row(take(i)); });
  }

  /// Beyond limits::kMailboxPanics a panic is merged with the waiting one of its unit, whose ticket goes into
  /// Inbox::superseded.
  Put put_desired(const DesiredState& wanted);
  /// See CallSlots::put.
  Put put_call(Ticket ticket, api::CheckedCall& call, Time deadline);
  Put put_cancel(Ticket ticket);
  void put_player_count(unsigned count);

  /// Swaps everything that waits into `inbox`, which must be clear. If it still has calls, the calls and cancellations
  /// here stay.
  void take(Inbox& inbox);
  [[nodiscard]] bool empty();

 private:
  /// A panic beyond the bound: the merged presses of its unit.
  struct JoinedPanics {
    boost::container::static_vector<int, 3> values;  // as they would wait in state::DesiredStates
    Ticket ticket = 0;                               // of the last press
  };

  /// What waits of a slot, as indices into waiting_. An index counts in the batch in which it was given.
  struct SlotState {
    std::uint64_t row_batch = 0, texts_batch = 0;
    std::uint32_t row = 0, texts = 0;
    bool bound = false;
  };

  /// Positions come in pieces of so many, so that the loop thread never waits for long either.
  static constexpr std::size_t kPiece = 64;

  UnitRecord* record_of(std::string_view unit, std::size_t bound);
  /// Calls `put(i)` for each of `count`, with the mutex held for a piece of them. Returns how many did not fit.
  template <class PutOne>
  std::size_t put_in_pieces(std::size_t count, PutOne&& put) {
    std::size_t full = 0;
    for (std::size_t begin = 0; begin < count; begin += kPiece) {
      const std::lock_guard lock(mutex_);
      const std::size_t end = std::min(count, begin + kPiece);
      for (std::size_t i = begin; i < end; ++i) {
        if (put(i) == Put::kFull) ++full;
      }
    }
    return full;
  }
  Put put_sample(const state::PositionSample& sample);
  Put put_row(const Row& row);

  std::mutex mutex_;
  Inbox waiting_;
  std::uint64_t batch_ = 1;  // as often as take() has emptied waiting_, and one
  std::uint64_t turn_ = 0;
  std::vector<SlotState> slots_;  // the game thread's, but for the indices
  // Keys are views into waiting_.units, whose elements do not move, because its capacity is reserved.
  boost::unordered_flat_map<std::string_view, std::uint32_t, TextHash, std::equal_to<>> index_;
  std::unordered_map<std::string, JoinedPanics, TextHash, std::equal_to<>> joined_;
};

}  // namespace sonoran::runtime
