// Every bound of the module that is not a setting, and what happens when it is reached: docs/limits.md for readers.
#pragma once

#include <cstddef>

namespace sonoran::limits {

// Texts of a unit. Longer: refused. The CAD takes community user ids of 255 characters. The others are ours, since it
// publishes no limits: well above what the game produces, and for a model as much as the address of a file may need.
inline constexpr std::size_t kUnitIdBytes = 256;
inline constexpr std::size_t kLocationBytes = 160;
inline constexpr std::size_t kPeerIdBytes = 64;
inline constexpr std::size_t kVehicleModelBytes = 256;

// The files of the map (sonoran_bridge_postals, sonoran_bridge_vehicles): bytes of each; entries of a list of postals,
// bytes of a code; unknown kinds of vehicle that the console names. Beyond: the file is not taken.
inline constexpr std::size_t kMapFileBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kPostals = 16384;
inline constexpr std::size_t kPostalBytes = 16;
inline constexpr std::size_t kVehicleNames = 16;

// World coordinates, metres. GTA V's map is within +-9,000. A value beyond this is an error of the caller: refused.
inline constexpr double kCoordinate_m = 1e6;

// Units whose position is known. FiveM has at most 2,048 players a server. A further unit is refused and counted.
inline constexpr std::size_t kUnits = 4096;

// Slots, small numbers that stand for units, are below this: server ids of players are 16 bits. Bindings and texts of
// slots that wait for the loop thread; a further one is refused (queue_full).
inline constexpr std::size_t kSlots = 65536;
inline constexpr std::size_t kSlotNews = 8192;

// Units and bytes of one request for positions; the rest goes into the next request. This is as many units as a server
// has players, and fewer bytes than nginx accepts by default (1 MiB).
inline constexpr std::size_t kPositionUnits = 2048;
inline constexpr std::size_t kPositionBytes = 1'000'000;

// The CAD's hub: between two calls with positions, milliseconds; updates and bytes of one call (the hub takes records
// of 32 KiB), and what of these its frame may take; updates of one call that panics and units without a place may take
// while others wait, and those that units may take which wait for very long.
inline constexpr int kHubCall_ms = 250;
inline constexpr std::size_t kHubUpdates = 25;
inline constexpr std::size_t kHubCallBytes = std::size_t{30} * 1024;
inline constexpr std::size_t kHubFrameBytes = 128;
inline constexpr std::size_t kHubUrgent = 20;
inline constexpr std::size_t kHubOverdue = 6;
// Its calls without an answer: as many as a round trip has room for and one more, this many at most.
inline constexpr std::size_t kHubUnanswered = 8;
// How long a call waits for its answer, seconds: then it counts as lost, and its units go again. A round trip takes
// tens to hundreds of milliseconds; who waited longer would show the map as it was before.
inline constexpr int kHubAnswer_s = 5;
// When the hub has carried no position for so long, although it should have, they go by HTTP as well, seconds. Most
// ends of a connection are over by then (its first wait is a second at most, and coming up takes a few round trips); a
// longer one is noticed before HTTP's own interval of 5 s would be over.
inline constexpr int kHubGrace_s = 3;
// When the hub comes up while a request with positions is under way, it waits so long for that request's end, seconds,
// so that an older place does not arrive after a newer one.
inline constexpr int kHubHandover_s = 2;
// So many calls in a row without success, and while HTTP carries the positions only one call is tried, this often,
// seconds.
inline constexpr int kHubStrikes = 3;
inline constexpr int kHubProbe_s = 5;
// Places that Lua is asked to read in one turn, and how often each unit's is read at least, milliseconds.
inline constexpr std::size_t kHubReadings = 60;
inline constexpr int kHubRead_ms = 2000;

// For how long a unit is left out after its position was refused alone, seconds.
inline constexpr int kLeftOut_s = 300;

// Panic and status calls that wait for the loop thread. Further statuses are refused (queue_full). Panics are accepted
// up to the second bound, and beyond it merged with the waiting panic of the same unit.
inline constexpr std::size_t kMailboxCalls = 16384;
inline constexpr std::size_t kMailboxPanics = 32768;

// Units with a panic or status on record. Statuses of further units are refused (queue_full); panics are accepted.
inline constexpr std::size_t kDesiredUnits = 8192;

// Repeats of one waiting value that get the answer of its request; further repeats are answered at once.
inline constexpr std::size_t kRepeatTickets = 64;

// How long the first waiting status waits for others to join its request, milliseconds. A script that changes the
// status of a whole shift calls once per unit, and the budget is 30 requests a minute. A panic never waits for others.
inline constexpr int kStatusGather_ms = 50;

// Units in one panic or status request; the rest goes into a second request.
inline constexpr std::size_t kGroupUnits = 500;

// Events that wait for the host's poll, and bytes of their texts. Beyond these, the oldest log lines are dropped, then
// the bodies of the oldest answers, then news of active units (a whole list follows later); all are counted. The answer
// to a ticket is never dropped. An answer that is larger than the bound is accepted when it is alone.
inline constexpr std::size_t kEvents = 65536;
inline constexpr std::size_t kEventBytes = std::size_t{64} * 1024 * 1024;
// A body of at most this size is not dropped, because the message in its place would be as long.
inline constexpr std::size_t kSmallBodyBytes = 256;

// Events of the CAD that wait for the host's poll, and bytes of their texts, in addition to the above. Beyond these,
// the oldest are dropped; an event that comes by HTTP is refused (queue_full).
inline constexpr std::size_t kPushEvents = 4096;
inline constexpr std::size_t kPushBytes = std::size_t{16} * 1024 * 1024;
// Data of an event up to this size are handed on as JSON, and longer data as text, because decoding them would take the
// game thread milliseconds.
inline constexpr std::size_t kPushJsonBytes = std::size_t{64} * 1024;
// An event that comes by HTTP, including its envelope. Longer: refused.
inline constexpr std::size_t kPushTextBytes = std::size_t{1024} * 1024;

// A look at the way to the CAD (sb_diagnose): its lookup, each connection and each TLS handshake, where the settings do
// not allow less. Together less than 9 s.
inline constexpr int kLookLookup_ms = 3000;
inline constexpr int kLookConnect_ms = 2500;
inline constexpr int kLookHandshake_ms = 2500;

// Units whose last refusal is on record, for sb_unit_state. Beyond, the oldest is forgotten.
inline constexpr std::size_t kRefusals = 256;

// Tickets of calls, panics and statuses without an answer, or with an answer that was not polled. Beyond the first
// bound calls and statuses are refused (queue_full), beyond the second panics too. This bounds the waiting answers.
inline constexpr std::size_t kOwedAnswers = 65536;
inline constexpr std::size_t kOwedPanics = 131072;

// The highest status; the published ones are 0 to 4 and 100.
inline constexpr int kStatus = 1000;
inline constexpr unsigned kPlayers = 100000;

// Arguments of a call: one JSON text. Larger or deeper (the arguments themselves are level 1): refused. The bounds are
// ours; the CAD publishes none. 1 MiB is several times the largest known configuration (postals of the whole map).
inline constexpr std::size_t kArgumentsBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kArgumentsDepth = 32;

// Units, calls or records that one call names; more: refused with a message. The same number as known units.
inline constexpr std::size_t kCallTargets = 4096;

// A bodycam recording, bytes: the CAD's own bound. Larger: refused.
inline constexpr std::size_t kRecordingBytes = 6'000'000;

// Size of the pieces in which a recording is read and sent: the memory that an upload takes, whatever its size.
inline constexpr std::size_t kUploadPieceBytes = std::size_t{64} * 1024;

// Header of an answer, bytes. Larger: the answer counts as malformed. The body's bound is a setting.
inline constexpr std::size_t kAnswerHeaderBytes = 65536;

// The framing of a body: the size of a chunk with its extension, or the end of the last chunk with the trailers. Each
// has at most this many bytes, and all framing with the body has at most this many times the body's bound (a chunk of
// one byte takes six). More: the answer counts as malformed.
inline constexpr std::size_t kAnswerFramingBytes = 16384;
inline constexpr std::size_t kAnswerFramingShare = 8;

// How deep the JSON of an answer may nest. Deeper: the answer is handed on as text.
inline constexpr unsigned kAnswerDepth = 64;

// Connections a lane may use at one time. Urgent: as many as its budgets allow requests (20 panics and 10 emergency
// calls a minute), so that urgent requests never wait for a connection, even if the CAD answers none. Normal: calls use
// one less, so that hanging queries do not delay a status. Bulk: one is reserved for positions.
inline constexpr std::size_t kUrgentConnections = 30;
inline constexpr std::size_t kNormalConnections = 4;
inline constexpr std::size_t kBulkConnections = 3;
// Idle connections a lane keeps open. Beyond this, the one that has been idle longest is closed.
inline constexpr std::size_t kIdleConnections = 4;

// How long a connection stays idle before it is closed, seconds, unless the CAD announces less. Some firewalls silently
// drop the state of a connection after 30 s.
inline constexpr int kIdle_s = 20;

// How often the urgent lane's idle connection is replaced by a new one, seconds, so that a panic finds one that was
// alive a moment ago.
inline constexpr int kWarm_s = 10;

// A command that must not be sent twice uses a kept connection only if an answer was read on it within this time,
// milliseconds. Some servers close a connection after one second of idleness.
inline constexpr int kCommandIdle_ms = 500;

// How long a panic or status waits for the first byte on a kept connection before a second copy is sent on a new one,
// milliseconds. On a live connection an answer takes tens to hundreds of milliseconds.
inline constexpr int kHedge_ms = 2000;
// The newest answers of an operation that decide whether the CAD itself is slow, and for how long each of them counts,
// seconds. When half of them or more took longer than kHedge_ms, no second copy is sent.
inline constexpr std::size_t kHedgeAnswers = 8;
inline constexpr int kHedgeMemory_s = 300;
// The last part of an operation's budget that second copies may not use: limit / kHedgeReserve requests.
inline constexpr int kHedgeReserve = 4;

// The life of a request without an answer, seconds: how long after its connection was broken off the CAD may still
// receive it and carry it out. Its place in the budget is held for this time and the window after it, and at its end
// the last value is sent once more. A proxy's queue seldom holds a request for longer, but this cannot be proven.
inline constexpr int kUnansweredLife_s = 30;

// While a panic waits and the CAD is silent, some request is sent at least this often, seconds.
inline constexpr int kKnock_s = 5;
// The longest wait that a 429 may impose on a panic, seconds.
inline constexpr int kPanicLimited_s = 60;
// The part of the panic budget that may be used while the CAD answers nothing: limit / kPanicUnanswered requests, at
// least two. The rest is kept for the time after the first answer.
inline constexpr int kPanicUnanswered = 2;

// Interim answers (status 100 to 199) before the answer itself. More: the answer counts as malformed.
inline constexpr int kInterimAnswers = 16;

// TCP keep-alive of a silent connection: seconds until the first probe, seconds between probes, and the number of
// probes without an answer after which the connection counts as dead. kUnacknowledged_s: seconds after which it counts
// as dead when sent bytes are not acknowledged.
inline constexpr int kProbe_s = 5;
inline constexpr int kProbeAgain_s = 3;
inline constexpr int kProbes = 3;
inline constexpr int kUnacknowledged_s = 10;

// Addresses of the CAD that one connection tries. Further ones are tried in later connections, when others have failed.
inline constexpr std::size_t kDialAddresses = 8;
// Failed addresses that are remembered, to be tried last. Beyond this, the oldest failure is forgotten.
inline constexpr std::size_t kFailedAddresses = 32;
// How long an address is tried alone before the next one starts beside it, milliseconds: after its SYN (RFC 8305,
// section 5); and after its TCP connection, for the TLS handshake, which takes two round trips and the server's
// computation. If kHandshakeHeadRoundTrips round trips take longer, that time counts.
inline constexpr int kConnectHead_ms = 250;
inline constexpr int kHandshakeHead_ms = 500;
inline constexpr int kHandshakeHeadRoundTrips = 3;

// TLS sessions kept for later connections, and their highest age, seconds. A full handshake gives two (OpenSSL's
// servers). Beyond this, the oldest is dropped. So the certificate is verified again at least this often.
inline constexpr std::size_t kTlsSessions = 8;
inline constexpr long kTlsSession_s = 3600;

// Calls of one operation that wait; a further call is answered with queue_full. The smallest budgets are 2 a minute and
// a deadline is at most ten minutes, so more calls could not be sent in time anyway.
inline constexpr std::size_t kQueuedCalls = 256;

// For an operation that the module sends by itself (panic, status, positions, heartbeat): the part of its budget that
// calls by name may use, limit / kCallsPart. The rest is for presses and the module's own requests.
inline constexpr int kCallsPart = 2;

// How often a call is sent at most, including the last try.
inline constexpr int kCallTries = 8;

// Bytes of calls (targets, bodies, uploads) held at one time, in the mailbox and the queues together; further calls are
// refused with queue_full.
inline constexpr std::size_t kCallBytes = std::size_t{64} * 1024 * 1024;

// The last part of kMailboxCalls and of kCallBytes, which only emergency calls (create911Call) may use: 256 calls, as
// many as may wait of one operation, and 4 MiB, which hold four of the largest.
inline constexpr std::size_t kEmergencyCalls = 256;
inline constexpr std::size_t kEmergencyBytes = std::size_t{4} * 1024 * 1024;

// Deadline of a call, milliseconds.
inline constexpr unsigned kDeadline_ms = 30000;
inline constexpr unsigned kDeadlineLeast_ms = 100;
inline constexpr unsigned kDeadlineMost_ms = 600000;

// The hub's connection. SignalR's own numbers: a side that has sent nothing for so long pings; one that has heard
// nothing for so long gives up, seconds. Handshake and authentication: how long each may take.
inline constexpr int kHubPing_s = 15;
inline constexpr int kHubSilence_s = 30;
inline constexpr int kHubStep_s = 15;
// Waits before the next connection, each drawn from 0 on: the first, doubled with each failure up to the second. After
// a refused authentication, which is configuration: from four fifths of the third on. Seconds.
inline constexpr int kHubFirstWait_s = 1;
inline constexpr int kHubMostWait_s = 30;
inline constexpr int kHubRefusedWait_s = 60;
// A record of the hub. Longer: the connection ends. Records carry whole custom records of the CAD; as an answer's body.
inline constexpr std::size_t kHubRecordBytes = std::size_t{4} * 1024 * 1024;
// Records of ours that wait because the hub does not read. More: the connection ends.
inline constexpr std::size_t kHubUnsent = 1024;
// Types of events that are counted by name; further ones together.
inline constexpr std::size_t kHubEventTypes = 64;

}  // namespace sonoran::limits
