// Every bound of the module that is not a setting, with what happens at it. docs/limits.md is this table for people.
#pragma once

#include <cstddef>

namespace sonoran::limits {

// Text of a unit. The wire states no limits; these are ours, well above what the game produces. Longer: refused.
inline constexpr std::size_t kUnitIdBytes = 128;
inline constexpr std::size_t kLocationBytes = 160;
inline constexpr std::size_t kPeerIdBytes = 64;
inline constexpr std::size_t kVehicleModelBytes = 64;

// World coordinates, metres. GTA V's map is within +-9,000; beyond this a value is a defect of the caller: refused.
inline constexpr double kCoordinate_m = 1e6;

// Units whose position is known. FiveM has at most 2,048 players a server. A further one is refused and counted.
inline constexpr std::size_t kUnits = 4096;

// Panic and status calls that wait for the loop thread. Statuses beyond are refused (queue_full); panics are taken up
// to the second bound, and past it joined to the panic of the same unit that waits.
inline constexpr std::size_t kMailboxCalls = 16384;
inline constexpr std::size_t kMailboxPanics = 32768;

// Units with a panic or status on record. Statuses of further units are refused (queue_full); panics are taken.
inline constexpr std::size_t kDesiredUnits = 8192;

// Repeats of one waiting value that get the answer of the request itself; further ones are answered at once as repeats.
inline constexpr std::size_t kRepeatTickets = 64;

// How long the first status that waits lets others join it, milliseconds: a script that changes a whole shift's status
// calls once a unit, and at 30 requests a minute they have to share. A panic never waits for company.
inline constexpr int kStatusGather_ms = 50;

// Units in one panic or status request; more travel in a second one.
inline constexpr std::size_t kGroupUnits = 500;

// Events that wait for the host's poll, and bytes of their texts. Beyond, the oldest log lines go first, then the
// oldest answers; counted. An answer that is larger than all of it is let in alone.
inline constexpr std::size_t kEvents = 65536;
inline constexpr std::size_t kEventBytes = std::size_t{64} * 1024 * 1024;

// A status is any whole number from 0 to this; the published ones are 0 to 4 and 100.
inline constexpr int kStatus = 1000;
inline constexpr unsigned kPlayers = 100000;

// Arguments of a call: one JSON text. Larger or deeper (the arguments themselves are level 1): refused. The bounds are
// ours; the CAD states none. 1 MiB holds the largest configuration seen (postals of the whole map) several times over.
inline constexpr std::size_t kArgumentsBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kArgumentsDepth = 32;

// A bodycam recording, bytes: the CAD's own bound. Larger: refused.
inline constexpr std::size_t kRecordingBytes = 6'000'000;

// Piece by which a recording is read and sent: what an upload holds in memory, however large it is.
inline constexpr std::size_t kUploadPieceBytes = std::size_t{64} * 1024;

// Header of an answer, bytes. Larger: the answer counts as malformed. The body's bound is a setting.
inline constexpr std::size_t kAnswerHeaderBytes = 65536;

// Connections a lane may use at one time. Urgent: as many as its operations' budgets together (20 panics and 10
// emergency calls a minute), so that nothing urgent ever waits for one, also when the CAD answers none. Normal: calls
// use one less, so that queries which hang keep no status waiting. Bulk: one is the positions' own.
inline constexpr std::size_t kUrgentConnections = 30;
inline constexpr std::size_t kNormalConnections = 4;
inline constexpr std::size_t kBulkConnections = 3;
// Idle connections a lane keeps open.
inline constexpr std::size_t kIdleConnections = 4;

// Calls of one operation that wait; a further one is answered with queue_full. The smallest budgets are 2 a minute, and
// a deadline is at most ten minutes: more than this could not leave in time anyway.
inline constexpr std::size_t kQueuedCalls = 256;

// How often a call is sent at most, the last try included.
inline constexpr int kCallTries = 8;

// Bytes of calls (targets, bodies, uploads) held at one time, in the mailbox and the queues together; further calls are
// refused with queue_full.
inline constexpr std::size_t kCallBytes = std::size_t{64} * 1024 * 1024;

// Deadline of a call, milliseconds.
inline constexpr unsigned kDeadline_ms = 30000;
inline constexpr unsigned kDeadlineLeast_ms = 100;
inline constexpr unsigned kDeadlineMost_ms = 600000;

}  // namespace sonoran::limits
