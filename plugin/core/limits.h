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

// Units and bytes of one request for positions; the rest goes in the next one. As many units as a server has players,
// and fewer bytes than nginx takes where nobody has told it otherwise (1 MiB).
inline constexpr std::size_t kPositionUnits = 2048;
inline constexpr std::size_t kPositionBytes = 1'000'000;

// How long a unit whose position was refused alone is left out, seconds.
inline constexpr int kLeftOut_s = 300;

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
// bodies of the oldest answers, then news of active units, which a whole list makes good; counted. That a ticket has
// its answer is never dropped. An answer that is larger than all of it is let in alone.
inline constexpr std::size_t kEvents = 65536;
inline constexpr std::size_t kEventBytes = std::size_t{64} * 1024 * 1024;
// A body of so many bytes stays: the sentence that would stand for it has as many.
inline constexpr std::size_t kSmallBodyBytes = 256;

// Events of the CAD that wait for the host's poll, and bytes of their texts, besides those above. Beyond, the oldest
// go; one that comes by HTTP is refused (queue_full).
inline constexpr std::size_t kPushEvents = 4096;
inline constexpr std::size_t kPushBytes = std::size_t{16} * 1024 * 1024;
// Data of an event up to this are handed on as JSON; longer ones as a text, since a decoder on the game thread would
// take milliseconds for them.
inline constexpr std::size_t kPushJsonBytes = std::size_t{64} * 1024;
// An event that comes by HTTP, its envelope included. Longer: refused.
inline constexpr std::size_t kPushTextBytes = std::size_t{1024} * 1024;

// Tickets of calls, panics and statuses whose answer has not come, or was not fetched. Beyond the first, calls and
// statuses are refused (queue_full), beyond the second panics, so that the answers that wait have a bound.
inline constexpr std::size_t kOwedAnswers = 65536;
inline constexpr std::size_t kOwedPanics = 131072;

// A status is any whole number from 0 to this; the published ones are 0 to 4 and 100.
inline constexpr int kStatus = 1000;
inline constexpr unsigned kPlayers = 100000;

// Arguments of a call: one JSON text. Larger or deeper (the arguments themselves are level 1): refused. The bounds are
// ours; the CAD states none. 1 MiB holds the largest configuration seen (postals of the whole map) several times over.
inline constexpr std::size_t kArgumentsBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kArgumentsDepth = 32;

// Units, calls or records that one call names; more: refused with a sentence. As many as units are known.
inline constexpr std::size_t kCallTargets = 4096;

// A bodycam recording, bytes: the CAD's own bound. Larger: refused.
inline constexpr std::size_t kRecordingBytes = 6'000'000;

// Piece by which a recording is read and sent: what an upload holds in memory, however large it is.
inline constexpr std::size_t kUploadPieceBytes = std::size_t{64} * 1024;

// Header of an answer, bytes. Larger: the answer counts as malformed. The body's bound is a setting.
inline constexpr std::size_t kAnswerHeaderBytes = 65536;

// What frames the chunks of a body: a chunk's size with its extension, or the end of the last chunk with the trailers.
// Each of so many bytes at most; and all of them with the body at most so many times the body's bound (a chunk of one
// byte takes six). More: the answer counts as malformed.
inline constexpr std::size_t kAnswerFramingBytes = 16384;
inline constexpr std::size_t kAnswerFramingShare = 8;

// How deep the JSON of an answer may nest that is handed on as such. Deeper: it is handed on as a text.
inline constexpr unsigned kAnswerDepth = 64;

// Connections a lane may use at one time. Urgent: as many as its operations' budgets together (20 panics and 10
// emergency calls a minute), so that nothing urgent ever waits for one, also when the CAD answers none. Normal: calls
// use one less, so that queries which hang keep no status waiting. Bulk: one is the positions' own.
inline constexpr std::size_t kUrgentConnections = 30;
inline constexpr std::size_t kNormalConnections = 4;
inline constexpr std::size_t kBulkConnections = 3;
// Idle connections a lane keeps open. One more: the one that is idle for longest is closed.
inline constexpr std::size_t kIdleConnections = 4;

// How long a connection stays idle before it is closed, seconds, where the CAD does not announce less. Firewalls were
// seen to forget a connection after 30 s, without a word to either side.
inline constexpr int kIdle_s = 20;

// How often the urgent lane's idle connection is replaced by a new one, seconds: a panic then finds one that was alive
// a moment ago.
inline constexpr int kWarm_s = 10;

// How long ago an answer must have been read on a connection, at most, for a command to leave on it that must not be
// sent twice, milliseconds. Servers were seen that close after one second of idleness.
inline constexpr int kCommandIdle_ms = 500;

// How long a panic or status waits for the first byte on a kept connection before a second copy leaves on a new one,
// milliseconds. An answer takes tens to hundreds of milliseconds where the connection is alive.
inline constexpr int kHedge_ms = 2000;
// Answers of an operation, the newest ones, that tell whether the CAD itself is that slow, and how long each tells it,
// seconds. Where half of them or more took longer than kHedge_ms, no second copy leaves.
inline constexpr std::size_t kHedgeAnswers = 8;
inline constexpr int kHedgeMemory_s = 300;
// The last part of an operation's budget that is not spent on second copies: limit / kHedgeReserve requests.
inline constexpr int kHedgeReserve = 4;

// The life of a request without an answer, seconds: how long after its connection was broken off it may still arrive
// at the CAD and be carried out there. Budgets hold its place for that long and the window after, and a later value is
// sent once more when it is over. A proxy's queue seldom holds longer; nobody can prove it.
inline constexpr int kUnansweredLife_s = 30;

// While a panic waits and the CAD is silent something leaves at least this often, seconds.
inline constexpr int kKnock_s = 5;
// The longest wait that a 429 may ask of a panic, seconds.
inline constexpr int kPanicLimited_s = 60;
// Of the panic budget, what tries may use while the CAD answers nothing: limit / kPanicUnanswered requests, two at
// least. The rest waits for its first answer.
inline constexpr int kPanicUnanswered = 2;

// Interim answers (status 100 to 199) before the answer itself. More: the answer counts as malformed.
inline constexpr int kInterimAnswers = 16;

// TCP's own probes of a connection on which nothing is said: the first after so many seconds, then every so many, and
// how many without a word until it counts as dead; and after how many seconds it does so when sent bytes are not
// acknowledged.
inline constexpr int kProbe_s = 5;
inline constexpr int kProbeAgain_s = 3;
inline constexpr int kProbes = 3;
inline constexpr int kUnacknowledged_s = 10;

// Addresses of the CAD that one connection tries; those beyond have their turn when others failed before.
inline constexpr std::size_t kDialAddresses = 8;
// Addresses that failed and are remembered, to be tried last; beyond, the oldest failure is forgotten.
inline constexpr std::size_t kFailedAddresses = 32;
// How long an address is alone before the next one starts beside it, milliseconds: after its SYN (RFC 8305, section 5),
// and after its TCP connection, whose TLS handshake takes two round trips and a server's arithmetic (or, if that is
// more, so many round trips).
inline constexpr int kConnectHead_ms = 250;
inline constexpr int kHandshakeHead_ms = 500;
inline constexpr int kHandshakeHeadRoundTrips = 3;

// TLS sessions kept for the next connections, and how old one may be, seconds. A full handshake gives two (OpenSSL's
// servers); beyond, the oldest goes. The certificate is looked at again at least this often.
inline constexpr std::size_t kTlsSessions = 8;
inline constexpr long kTlsSession_s = 3600;

// Calls of one operation that wait; a further one is answered with queue_full. The smallest budgets are 2 a minute, and
// a deadline is at most ten minutes: more than this could not leave in time anyway.
inline constexpr std::size_t kQueuedCalls = 256;

// Of the budget of an operation that the module sends by itself (panic, status, positions, heartbeat), the part that
// calls of it by name may take: limit / kCallsPart. The rest is for presses and the module's own.
inline constexpr int kCallsPart = 2;

// How often a call is sent at most, the last try included.
inline constexpr int kCallTries = 8;

// Bytes of calls (targets, bodies, uploads) held at one time, in the mailbox and the queues together; further calls are
// refused with queue_full.
inline constexpr std::size_t kCallBytes = std::size_t{64} * 1024 * 1024;

// The last of kMailboxCalls and of kCallBytes, which only emergency calls (create911Call) may take: 256 calls, as many
// as may wait of one operation, and 4 MiB, which hold four of the largest.
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
