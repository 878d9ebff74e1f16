/*
 * sonoran_bridge.h - the C interface of the native link between a game server and Sonoran CAD.
 *
 * In one minute:
 *
 *   sb_setting settings[] = {{SB_TEXT("sonoran_apiKey"), SB_TEXT("...")},
 *                            {SB_TEXT("sonoran_serverId"), SB_TEXT("1")}};
 *   char why[SB_MESSAGE_SIZE];
 *   sb_bridge *bridge = NULL;
 *   if (sb_create(settings, 2, &bridge, why, sizeof why) != SB_OK) { puts(why); return; }
 *   sb_set_panic(bridge, SB_TEXT("player-1234"), 1, NULL);
 *   ... once a tick: if (sb_pending(bridge)) { n = sb_poll(bridge, events, 64); ... }
 *   sb_destroy(bridge, 2000, NULL);
 *
 * Text      UTF-8 with a length in bytes; no terminating NUL is needed, none is looked for. What a function is given
 *           it copies before it returns; nothing given to it must live longer than the call.
 * Threads   One bridge belongs to one thread, the game thread: every function that takes an sb_bridge* is called from
 *           it, unless its comment says otherwise. Any number of bridges may live in one process, each with a thread of
 *           its own for input and output. No function calls back, except the one given to sb_set_wakeup.
 * Waiting   No function waits for the network, a file or another thread, except sb_flush, sb_stop, sb_replace and
 *           sb_destroy, which take their limit in milliseconds.
 * Errors    Functions return an sb_code. After any code but SB_OK nothing has changed, and sb_last_error() has one
 *           sentence for people. No exception crosses this interface, and the API key is in none of its texts.
 * Growth    Structures begin with struct_size: set it to sizeof the structure, in every element of an array. Fields are
 *           only ever added at the end; a library newer than your header leaves alone what your structure has not.
 */
#ifndef SONORAN_BRIDGE_H
#define SONORAN_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#if defined(SB_BUILD)
#define SB_API __declspec(dllexport)
#elif defined(SB_STATIC)
#define SB_API
#else
#define SB_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define SB_API __attribute__((visibility("default")))
#else
#define SB_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------- version and limits */

/* The version of this header. It goes up when something that was there changes; additions leave it. */
#define SB_ABI_VERSION 1

#define SB_UNIT_ID_SIZE 128     /* longest unit id (community user id), bytes; the wire gives no limit, this is ours */
#define SB_LOCATION_SIZE 160    /* longest location text, bytes */
#define SB_PEER_ID_SIZE 64      /* longest peer id, bytes */
#define SB_VEHICLE_MODEL_SIZE 64 /* longest vehicle model name, bytes */
#define SB_UNITS_MAX 4096       /* units known at one time; a FiveM server has at most 2,048 players */
#define SB_MESSAGE_SIZE 512     /* a buffer that every message fits into, NUL included */
#define SB_ARGUMENTS_SIZE 1048576 /* longest arguments of sb_call, bytes of JSON */
#define SB_ARGUMENTS_DEPTH 32 /* deepest nesting of them; the arguments themselves are level 1 */
#define SB_COORDINATE_MAX_M 1000000 /* metres, either way; the game's map lies within 9,000 */
#define SB_PUSH_SIZE 1048576 /* longest event of sb_push_event, bytes of JSON */
#define SB_STATUS_MAX 1000      /* the highest status; the published ones are 0 to 4 and 100 */
#define SB_PLAYERS_MAX 100000   /* the highest count of players */
#define SB_TIMEOUT_MAX_MS 60000 /* the longest wait of sb_stop, sb_replace, sb_destroy and sb_flush */
#define SB_DEADLINE_MIN_MS 100  /* bounds and default of a call's deadline */
#define SB_DEADLINE_MAX_MS 600000
#define SB_DEADLINE_DEFAULT_MS 30000
#define SB_NOT_KNOWN UINT32_MAX /* sb_expected_wait_ms: not before an answer came */

/* ---------------------------------------------------------------------------------------------------------- words */

typedef struct sb_bridge sb_bridge;

/* A piece of UTF-8 text: `size` bytes at `data`. {NULL, 0} means "not given". */
typedef struct sb_text {
  const char *data;
  size_t size;
} sb_text;

/* For a string literal in C: SB_TEXT("AVAILABLE"). */
#ifdef __cplusplus
#define SB_TEXT(literal) (::sb_text{(literal), sizeof(literal) - 1})
#else
#define SB_TEXT(literal) ((sb_text){(literal), sizeof(literal) - 1})
#endif

typedef enum sb_code {
  SB_OK = 0,
  SB_INVALID_ARGUMENT = 1, /* a value was wrong: NaN, invalid UTF-8, too long, a NULL that may not be one */
  SB_INVALID_SETTING = 2,  /* sb_create: a setting is missing, unknown, of the wrong type or out of range */
  SB_QUEUE_FULL = 3,       /* the stated bound is reached; counted in sb_stats as refused */
  SB_SHUTTING_DOWN = 4,    /* sb_stop was called, or sb_replace has put another in its place */
  SB_TIMED_OUT = 5,        /* sb_flush: something was still unsent at the limit */
  SB_OUT_OF_MEMORY = 6,
  SB_INTERNAL = 7,         /* a defect of the bridge; the sentence says where */
  SB_NOT_TRUSTED = 8       /* sb_admit: a change that nobody has confirmed; sb_push_event: a wrong key, or none */
} sb_code;

/*
 * "queue_full" for SB_QUEUE_FULL, ...; "unknown" for any other number. Where sb_error has the same fault, sb_error_name()
 * has the same name, so an adapter shows either as the kind of an error. A constant. Any thread.
 */
SB_API const char *sb_code_name(int code);

/* One setting as a pair of texts, named like the convar: config/convars.md lists all of them. */
typedef struct sb_setting {
  sb_text key;
  sb_text value;
} sb_setting;

/* SB_ABI_VERSION as the library was built with. Compare it before anything else. Any thread. */
SB_API int sb_abi_version(void);

/* The library's own version, for example "0.2.0". A NUL-terminated constant. Any thread. */
SB_API const char *sb_version(void);

/* Describes setting number `index`, counted from 0; returns 0 past the last one. Texts are constants. Any thread. */
typedef struct sb_setting_info {
  size_t struct_size;
  const char *name;          /* "sonoran_bridge_moved_m" */
  const char *type;          /* "text", "secret", "integer", "number", "boolean", "choice" */
  const char *default_value; /* as text; "" is none */
  const char *range;         /* "0 to 1000", "cad, marked, all", or "" */
  const char *sentence;      /* what it is for */
} sb_setting_info;
SB_API int sb_setting_at(size_t index, sb_setting_info *info);

/* ----------------------------------------------------------------------------------------------------- life cycle */

/*
 * Checks every setting and starts the bridge with its own thread. Returns at once: reading the certificate authorities
 * and connecting happen over there. Of a file of authorities the form is checked at once, and what it begins with.
 * Settings left out, or given as empty text, take their default. On failure *bridge is NULL and `message` (of
 * `message_size` bytes, SB_MESSAGE_SIZE is enough, may be NULL) has one sentence that names the setting, the value and
 * what would be right; the value of a secret is never in it. Any thread; the caller's thread then owns the bridge.
 */
SB_API sb_code sb_create(const sb_setting *settings, size_t count, sb_bridge **bridge, char *message,
                         size_t message_size);

/*
 * Checks the settings as sb_create does, and starts nothing: SB_OK, or what sb_create would say. For a host that wants
 * to keep a running bridge when new settings are wrong. May read the file of certificate authorities. Any thread.
 */
SB_API sb_code sb_check_settings(const sb_setting *settings, size_t count, char *message, size_t message_size);

/*
 * For hosts in which others can change the settings, as in a game server any resource can set a convar: call it with the
 * settings that sb_create or sb_replace is about to be given. The first settings hold for the process, whatever the key:
 * the CAD's host (with its port), files of authorities, folders for uploads, and who may call what. SB_NOT_TRUSTED: one of them is
 * another now, and `message` names it and what to give to sb_trust when it is meant. SB_INVALID_SETTING: see sb_create.
 * What is remembered ends with the process. Any thread.
 */
SB_API sb_code sb_admit(const sb_setting *settings, size_t count, char *message, size_t message_size);

/*
 * Confirms what sb_admit refused last, by its host or the name of the setting; SB_NOT_TRUSTED when that is something
 * else. Only a person at the server's console is to cause it. Any thread.
 */
SB_API sb_code sb_trust(sb_text what, char *message, size_t message_size);

/*
 * The value in force of a setting, as text: given or default. Owned by the bridge, until sb_destroy. NULL for an
 * unknown name and for a secret.
 */
SB_API const char *sb_setting_value(const sb_bridge *bridge, sb_text name);

/* What had not reached the CAD when a bridge was destroyed. */
typedef struct sb_unsent {
  size_t struct_size;
  uint64_t panics;    /* units whose panic state was not delivered */
  uint64_t statuses;  /* units whose status was not delivered */
  uint64_t positions; /* units whose latest position was not delivered */
  uint64_t calls;     /* calls of sb_call that were not answered */
} sb_unsent;

/*
 * Stops the bridge: takes nothing new (SB_SHUTTING_DOWN from now on), sends panics, statuses and emergency calls
 * (create911Call) that wait, ends all other calls, gives up after `timeout_ms` (0 to 60000) and joins its thread. Waits at
 * most timeout_ms and a little. `unsent` (may be NULL) is told what was left. Every ticket has its answer then, at worst
 * SB_ERROR_SHUTTING_DOWN: poll them, then destroy the bridge. A second time it does nothing and tells the same.
 */
SB_API sb_code sb_stop(sb_bridge *bridge, uint32_t timeout_ms, sb_unsent *unsent);

/*
 * Starts a bridge in the place of another, whole or not at all. When the settings are wrong or something does not open
 * (SB_INVALID_SETTING, SB_OUT_OF_MEMORY, SB_INTERNAL, with a `message` as from sb_create), `running` goes on as it was.
 * Otherwise `running` is stopped as by sb_stop, and then the new bridge begins, knowing what of the CAD's limits is spent;
 * the two never send side by side. Certificate authorities that this process has not read yet, or not as they are now, are
 * read first, some 10 ms (on Windows each time); a file of them that turns out to be wrong is SB_INVALID_SETTING. Poll the
 * last answers of `running`, then destroy it. NULL as `running`: sb_create.
 */
SB_API sb_code sb_replace(sb_bridge *running, uint32_t timeout_ms, const sb_setting *settings, size_t count,
                          sb_bridge **bridge, char *message, size_t message_size, sb_unsent *unsent);

/*
 * Stops the bridge as sb_stop does, unless it is stopped, and frees everything, `bridge` included. NULL as bridge does
 * nothing. Texts got from the bridge end with it; answers that were not polled are lost.
 */
SB_API sb_code sb_destroy(sb_bridge *bridge, uint32_t timeout_ms, sb_unsent *unsent);

/*
 * Waits until every panic, status, position and call given so far is answered by the CAD, at most `timeout_ms` (0 to 60000):
 * SB_OK or SB_TIMED_OUT. Positions wait for their budget like always. For tests and tools; never on a game thread.
 */
SB_API sb_code sb_flush(sb_bridge *bridge, uint32_t timeout_ms);

/* The sentence about the last call on this bridge that did not return SB_OK; until the next call. Never NULL. */
SB_API const char *sb_last_error(const sb_bridge *bridge);

/* ------------------------------------------------------------------------------------------------------------- in */

/* Where a unit is. */
typedef struct sb_position {
  size_t struct_size;
  sb_text unit;     /* community user id, 1 to SB_UNIT_ID_SIZE bytes */
  double x, y, z;   /* metres, world coordinates; finite, within +-1e6 */
  double heading;   /* degrees; finite, taken modulo 360 */
  sb_text location; /* street or place, at most SB_LOCATION_SIZE bytes; {NULL, 0}: as before */
  sb_text peer;     /* peer id for voice, at most SB_PEER_ID_SIZE bytes; {NULL, 0}: as before */
  sb_text vehicle;  /* vehicle model, at most SB_VEHICLE_MODEL_SIZE bytes; "" : on foot; {NULL, 0}: as before */
} sb_position;

/*
 * Takes the newest position of `count` units. All units that moved share one request; how often that leaves is the
 * CAD's budget. An element that is refused (see sb_position) does not keep the others from being taken: the call then
 * returns SB_INVALID_ARGUMENT, or SB_QUEUE_FULL for a unit beyond SB_UNITS_MAX, sb_last_error() speaks of the first
 * refused one, and `accepted` (may be NULL) tells how many were taken. Allocates nothing for a unit already known;
 * about 100 ns a position.
 */
SB_API sb_code sb_push_positions(sb_bridge *bridge, const sb_position *positions, size_t count, size_t *accepted);

/*
 * Raises (on != 0) or clears a unit's panic. Never refused for want of room, but when
 * 131,072 answers are owed (see sb_event). An ON always reaches the CAD, also when
 * an OFF follows at once. A repeat of what is on its way, or was acknowledged within the last `sonoran_bridge_dedupe_s`
 * seconds, sends nothing and is answered like the first. `ticket` (may be NULL) names the answer in sb_poll.
 */
SB_API sb_code sb_set_panic(sb_bridge *bridge, sb_text unit, int on, uint64_t *ticket);

/*
 * Sets a unit's status: 0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline; communities may have
 * others, 0 to 1000 is taken. The last one wins; one that was overtaken before it left is answered as superseded.
 * Repeats as with panic. SB_QUEUE_FULL when 16,384 calls wait to be picked up.
 */
SB_API sb_code sb_set_status(sb_bridge *bridge, sb_text unit, int32_t status, uint64_t *ticket);

/* Forgets a unit's position at once. A panic or status of it that waits is still sent. */
SB_API sb_code sb_remove_unit(sb_bridge *bridge, sb_text unit);

/* How a call is to be treated. Zeroed but for struct_size, it is the default. */
typedef struct sb_call_options {
  size_t struct_size;
  uint32_t deadline_ms; /* 100 to 600000; 0: 30000. When it passes, the ticket is answered with what is known then */
  sb_text attachment;   /* uploadBodycamRecording: the bytes of the .webm, instead of `file` in the arguments */
} sb_call_options;

/*
 * Calls any of the 74 operations by its name (docs/operations.md lists them). `arguments` is one JSON object of at most
 * SB_ARGUMENTS_SIZE bytes, nested at most 32 deep; {NULL, 0} is {}. Path parameters, query parameters and body fields
 * stand in it side by side; serverId is filled in from the settings when it is absent. `options` may be NULL.
 *
 * SB_INVALID_ARGUMENT: the operation is unknown (sb_last_error() names the nearest), a parameter is missing, unknown or of
 * the wrong type, ...; nothing is sent. SB_QUEUE_FULL: 16,384 calls or 64 MiB of them wait, of which the last 256 and the
 * last 4 MiB are kept for create911Call. Otherwise `ticket` (may be NULL) names the one answer that comes from sb_poll: at
 * the latest at the deadline. Identical queries share one request.
 * Commands with the same target (the same call, unit or record) leave one after another.
 */
SB_API sb_code sb_call(sb_bridge *bridge, sb_text operation, sb_text arguments, const sb_call_options *options,
                       uint64_t *ticket);

/*
 * Gives a call of sb_call up: its ticket is answered with SB_ERROR_CANCELLED, unless its answer is on its way already.
 * What has left cannot be called back: the CAD may carry it out all the same. An unknown ticket does nothing.
 */
SB_API sb_code sb_cancel(sb_bridge *bridge, uint64_t ticket);

/*
 * In how many milliseconds a request of this operation that is asked for now may be expected to leave: its budget, and
 * who waits already. 0: at once; SB_NOT_KNOWN: not before the CAD has answered, or no such operation. One atomic read.
 */
SB_API uint32_t sb_expected_wait_ms(const sb_bridge *bridge, sb_text operation);

/* The number of players on the server, 0 to 100000; it travels with the next heartbeat. */
SB_API sb_code sb_heartbeat(sb_bridge *bridge, uint32_t player_count);

/*
 * Gives the bridge an event that the CAD has sent by HTTP, as it came: the JSON object {"key", "type", "data"}, of at most
 * SB_PUSH_SIZE bytes. It is then heard of like one that came over the CAD's hub: the bridge learns from it, and it comes
 * out as SB_EVENT_PUSH. Its key must be the API key, in upper or lower case; the comparison takes the same time wherever
 * they differ. SB_INVALID_ARGUMENT: it is no event, or too long. SB_NOT_TRUSTED: it has another key, or none.
 * SB_QUEUE_FULL: 4,096 events or 16 MiB of them wait.
 */
SB_API sb_code sb_push_event(sb_bridge *bridge, sb_text event);

/* ------------------------------------------------------------------------------------------------------------ out */

typedef enum sb_event_type {
  SB_EVENT_RESPONSE = 1, /* the answer to a ticket */
  SB_EVENT_LOG = 2,      /* a line for the server's console: `level`, `body` */
  /*
   * Which units the CAD lists as active has changed, seen every 20 s where the setting sonoran_bridge_tracking is "cad",
   * its default. `body` is {"full":false,"added":["license:abc"],"removed":["def"]}: community user ids as the CAD has
   * them, with or without a prefix. `full`: `added` is all of them, as in the first list of this bridge, and
   * after news was dropped because nobody polled. While the CAD is away
   * the last list stays in force for ten minutes, then all of it is removed. The list has an event of its own because
   * it spends the budget of getActiveUnits, 3 a minute: a call of the same operation waits longer than it would.
   */
  SB_EVENT_ACTIVE_UNITS = 3,
  /*
   * An event of the CAD: `title` is its type in upper case ("EVENT_UNIT_STATUS"), 1 to 128 bytes of printable ASCII, `body`
   * its data, "null" where it has none. Events come in the order in which they were heard of. Whatever the type is, it
   * comes: docs/events.md lists those that are known. Where 4,096 events or 16 MiB of them wait, the oldest go.
   */
  SB_EVENT_PUSH = 4
} sb_event_type;

typedef enum sb_log_level { SB_LOG_ERROR = 0, SB_LOG_WARN = 1, SB_LOG_INFO = 2, SB_LOG_DEBUG = 3 } sb_log_level;

/* Why a ticket failed. The numbers are stable, sb_error_name() has their names. */
typedef enum sb_error {
  SB_ERROR_NONE = 0,
  SB_ERROR_INVALID_ARGUMENT = 1,
  SB_ERROR_UNAUTHORIZED = 2,    /* the CAD refuses the API key */
  SB_ERROR_NOT_FOUND = 3,       /* the CAD knows no such server, unit, ... */
  SB_ERROR_REJECTED = 4,        /* any other 4xx */
  SB_ERROR_RATE_LIMITED = 5,    /* 429 */
  SB_ERROR_UNAVAILABLE = 6,     /* the CAD cannot be reached, or answers 5xx */
  SB_ERROR_TIMEOUT = 7,         /* no answer in time */
  SB_ERROR_OUTCOME_UNKNOWN = 8, /* sent, no answer, and not safe to send again */
  SB_ERROR_CANCELLED = 9,
  SB_ERROR_QUEUE_FULL = 10,
  SB_ERROR_SHUTTING_DOWN = 11,
  SB_ERROR_ANSWER_DROPPED = 12 /* the CAD carried it out; what it answered was dropped, because nobody polled */
} sb_error;

/* "unauthorized" for SB_ERROR_UNAUTHORIZED, ...; "unknown" for any other number. A constant. Any thread. */
SB_API const char *sb_error_name(int error);

/*
 * Something for the game. A panic or status is kept until the CAD has taken it, so its ticket is answered when it has,
 * when the CAD refused it for good, or when the bridge is destroyed. A call's ticket is answered by its deadline.
 *
 * Each ticket is answered once, however late the poll comes. When more than 64 MiB of texts wait for it, lines of the log
 * go, and bodies of answers, oldest first; a success whose body is gone says so with SB_ERROR_ANSWER_DROPPED. A host that
 * leaves 65,536 tickets unanswered or their answers unfetched is refused further calls and statuses, with 131,072 panics.
 */
typedef struct sb_event {
  size_t struct_size;
  sb_event_type type;
  uint64_t ticket;      /* RESPONSE */
  int32_t http_status;  /* RESPONSE: 200, 404, ...; 0 when nothing was answered */
  sb_error error;       /* RESPONSE: SB_ERROR_NONE when it succeeded */
  int32_t deduplicated; /* RESPONSE: 1 when no request of its own was needed: a repeat, or superseded */
  sb_log_level level;   /* LOG */
  sb_text body;         /* RESPONSE: the CAD's answer as it came, what is no UTF-8 as U+FFFD; LOG: the line; PUSH: data */
  sb_text title;        /* RESPONSE with an error: what happened, a few words; PUSH: the event's type */
  sb_text detail;       /* RESPONSE with an error: the sentence for people */
  sb_text trace_id;     /* RESPONSE with an error: the CAD's traceId, or empty */
  uint32_t retry_after_ms; /* RESPONSE with SB_ERROR_RATE_LIMITED or _UNAVAILABLE: when to ask again; 0 is not known */
  /*
   * 1: `body` is one JSON value that nests at most 64 deep, and may be given to a decoder that recurses. 0: it is a
   * text, whatever it looks like and whatever type it was said to have; give it to no decoder. PUSH: also 0 where it is
   * longer than 64 KiB, since decoding that would take the game thread milliseconds.
   */
  int32_t body_is_json;
  /* PUSH: 1 where the bridge itself has done it by a call, which the CAD does not tell of; 0 where the CAD has sent it. */
  int32_t from_bridge;
} sb_event;

/*
 * Moves up to `max` events into `events` (set struct_size of each) and returns how many. Their texts live until the
 * next sb_poll or sb_release. Never waits; an empty poll is one atomic read.
 */
SB_API size_t sb_poll(sb_bridge *bridge, sb_event *events, size_t max);

/* Frees the texts of the last sb_poll before the next one. Optional. */
SB_API void sb_release(sb_bridge *bridge);

/* How many events wait: one atomic read. Any thread. */
SB_API uint32_t sb_pending(const sb_bridge *bridge);

/*
 * Where that number lives, for hosts that can read memory without a call. It never moves, and stays readable until
 * sb_destroy.
 */
SB_API const uint32_t *sb_pending_address(const sb_bridge *bridge);

/*
 * For hosts that can be woken: `wakeup` is called with `context`, on the bridge's own thread, when the first event
 * arrives after a poll that left none. It must return at once and call nothing of this header. NULL ends it; after
 * sb_set_wakeup has returned, the old function is not called any more. Do not use it inside a game server.
 */
typedef void (*sb_wakeup)(void *context);
SB_API void sb_set_wakeup(sb_bridge *bridge, sb_wakeup wakeup, void *context);

/*
 * Counters and state as one JSON object; docs/stats.md describes its fields. NUL-terminated, owned by the bridge, until
 * the next sb_stats. At most a second old. `size` (may be NULL) is told its length in bytes. Never waits.
 */
SB_API const char *sb_stats(sb_bridge *bridge, size_t *size);

/*
 * Where each unit is, as one JSON array; docs/stats.md describes it. It is made when it is asked for: this gives what
 * the call before asked for ("[]" the first time) and asks for a newer one, which takes the bridge's own thread about a
 * microsecond a unit. NUL-terminated, owned by the bridge, until the next sb_units. `size` (may be NULL) is told its
 * length in bytes. Never waits.
 */
SB_API const char *sb_units(sb_bridge *bridge, size_t *size);

#ifdef __cplusplus
}
#endif

#endif /* SONORAN_BRIDGE_H */
