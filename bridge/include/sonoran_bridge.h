/*
 * sonoran_bridge.h - the C interface of the native link between a game server and Sonoran CAD.
 *
 * In one minute:
 *
 *   sb_setting settings[] = {{SB_TEXT("sonoran_apiKey"), SB_TEXT("...")},
 *                            {SB_TEXT("sonoran_serverId"), SB_TEXT("1")}};
 *   char message[SB_MESSAGE_SIZE];
 *   sb_bridge *bridge = NULL;
 *   if (sb_create(settings, 2, &bridge, message, sizeof message) != SB_OK) { puts(message); return; }
 *   sb_set_panic(bridge, SB_TEXT("player-1234"), 1, NULL);
 *   ... once a tick: if (sb_pending(bridge)) { n = sb_poll(bridge, events, 64); ... }
 *   sb_destroy(bridge, 2000, NULL);
 *
 * Text      UTF-8 with a length in bytes; a terminating NUL is neither needed nor read. Every function copies its
 *           arguments before it returns, so none of them must live longer than the call.
 * Threads   A bridge belongs to one thread, the game thread. Only that thread may call functions that take an
 *           sb_bridge*, unless a comment says otherwise. A process may have any number of bridges, each with an I/O
 *           thread of its own. The bridge makes no callbacks, except the one of sb_set_wakeup.
 * Waiting   No function waits for the network, a file or another thread, except sb_flush, sb_stop, sb_replace and
 *           sb_destroy, which take their time limit in milliseconds.
 * Errors    Functions return an sb_code. After any code but SB_OK nothing has changed, and sb_last_error() has the
 *           message, one sentence for people. No exception crosses this interface. No text contains the API key.
 * Growth    Structures begin with struct_size: set it to sizeof the structure, in every element of an array. New fields
 *           are only added at the end. A library newer than your header does not touch fields that your structure lacks.
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

/* The version of this header. It changes when an existing part changes, and not when something is added. */
#define SB_ABI_VERSION 1

#define SB_UNIT_ID_SIZE 256     /* longest unit id (community user id), bytes; the CAD takes 255 characters */
#define SB_LOCATION_SIZE 160    /* longest location text, bytes */
#define SB_PEER_ID_SIZE 64      /* longest peer id, bytes */
#define SB_VEHICLE_MODEL_SIZE 256 /* longest vehicle model, the game's name or the address of a file, bytes */
#define SB_UNITS_MAX 4096       /* units known at one time; a FiveM server has at most 2,048 players */
#define SB_SLOTS 65536          /* slots are numbers from 0 to 65535 (server ids of players have 16 bits) */
#define SB_ROW 5                /* numbers of one row of sb_push_rows */
#define SB_SAME_HEADING INT32_MIN /* in a row: the heading stays as it was */
#define SB_MESSAGE_SIZE 512     /* size of a buffer for any message, NUL included */
#define SB_ARGUMENTS_SIZE 1048576 /* longest arguments of sb_call, bytes of JSON */
#define SB_ARGUMENTS_DEPTH 32 /* deepest nesting of the arguments, which are level 1 themselves */
#define SB_COORDINATE_MAX_M 1000000 /* metres, either way; the game's map lies within 9,000 */
#define SB_PUSH_SIZE 1048576 /* longest event of sb_push_event, bytes of JSON */
#define SB_STATUS_MAX 1000      /* the highest status; the published ones are 0 to 4 and 100 */
#define SB_PLAYERS_MAX 100000   /* the highest count of players */
#define SB_TIMEOUT_MAX_MS 60000 /* the longest wait of sb_stop, sb_replace, sb_destroy and sb_flush */
#define SB_DEADLINE_MIN_MS 100  /* bounds and default of a call's deadline */
#define SB_DEADLINE_MAX_MS 600000
#define SB_DEADLINE_DEFAULT_MS 30000
#define SB_NOT_KNOWN UINT32_MAX /* sb_expected_wait_ms: not known until the CAD answers */

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
  SB_INVALID_ARGUMENT = 1, /* a wrong value: NaN, invalid UTF-8, too long, a NULL that is not allowed */
  SB_INVALID_SETTING = 2,  /* sb_create: a setting is missing, unknown, of the wrong type or out of range */
  SB_QUEUE_FULL = 3,       /* a documented bound is reached; sb_stats counts this as refused */
  SB_SHUTTING_DOWN = 4,    /* sb_stop was called, or sb_replace has replaced the bridge */
  SB_TIMED_OUT = 5,        /* sb_flush: something was still unanswered at the time limit */
  SB_OUT_OF_MEMORY = 6,
  SB_INTERNAL = 7,         /* a defect of the bridge; the message says where */
  SB_NOT_TRUSTED = 8       /* sb_admit: a change that is not confirmed; sb_push_event: a wrong key, or none */
} sb_code;

/*
 * "queue_full" for SB_QUEUE_FULL, ...; "unknown" for any other number. A code that means the same as an sb_error has the
 * same name as in sb_error_name(), so an adapter can show either as the kind of an error. A constant. Any thread.
 */
SB_API const char *sb_code_name(int code);

/* One setting as a pair of texts, named like the convar: config/convars.md lists all of them. */
typedef struct sb_setting {
  sb_text key;
  sb_text value;
} sb_setting;

/* The SB_ABI_VERSION of the library. Compare it before any other call. Any thread. */
SB_API int sb_abi_version(void);

/* The library's own version, for example "0.2.0". A NUL-terminated constant. Any thread. */
SB_API const char *sb_version(void);

/* Describes setting number `index`, counted from 0; returns 0 past the last one. Texts are constants. Any thread. */
typedef struct sb_setting_info {
  size_t struct_size;
  const char *name;          /* "sonoran_bridge_moved_m" */
  const char *type;          /* "text", "secret", "integer", "number", "boolean", "choice" */
  const char *default_value; /* as text; "": none */
  const char *range;         /* "0 to 1000", "cad, marked, all", or "" */
  const char *sentence;      /* its description */
} sb_setting_info;
SB_API int sb_setting_at(size_t index, sb_setting_info *info);

/* ----------------------------------------------------------------------------------------------------- life cycle */

/*
 * Checks every setting and starts the bridge with its own thread. Returns at once: that thread reads the certificate
 * authorities and connects. Only the form and the beginning of a file of authorities are checked at once. Settings that
 * are left out, or are empty texts, take their default. On failure *bridge is NULL and `message` (of `message_size`
 * bytes, SB_MESSAGE_SIZE is enough, may be NULL) names the setting, its value and what would be right; it never contains
 * the value of a secret. Any thread; the caller's thread then owns the bridge.
 */
SB_API sb_code sb_create(const sb_setting *settings, size_t count, sb_bridge **bridge, char *message,
                         size_t message_size);

/*
 * Checks the settings as sb_create does, and starts nothing: SB_OK, or the code and message of sb_create. For a host that
 * keeps a running bridge when new settings are wrong. May read the file of certificate authorities. Any thread.
 */
SB_API sb_code sb_check_settings(const sb_setting *settings, size_t count, char *message, size_t message_size);

/*
 * For hosts in which others can change the settings: in a game server any resource can set a convar. Call it with the
 * settings for the next sb_create or sb_replace. The first settings are trusted for the whole process, whatever the key:
 * the CAD's host (with its port), files of authorities, folders for uploads, and who may call what. SB_NOT_TRUSTED: one of
 * these has changed; `message` names it, and what to pass to sb_trust if the change is intended. SB_INVALID_SETTING: see
 * sb_create. The trusted settings are forgotten when the process ends. Any thread.
 */
SB_API sb_code sb_admit(const sb_setting *settings, size_t count, char *message, size_t message_size);

/*
 * Confirms what sb_admit refused last. `what` is the host or the name of the setting; SB_NOT_TRUSTED when sb_admit refused
 * something else. Call this only for a person at the server's console. Any thread.
 */
SB_API sb_code sb_trust(sb_text what, char *message, size_t message_size);

/*
 * The value of a setting that is in force, given or default, as text. Owned by the bridge, until sb_destroy. NULL for an
 * unknown name and for a secret.
 */
SB_API const char *sb_setting_value(const sb_bridge *bridge, sb_text name);

/* What had not reached the CAD when a bridge was stopped. */
typedef struct sb_unsent {
  size_t struct_size;
  uint64_t panics;    /* units whose panic state was not delivered */
  uint64_t statuses;  /* units whose status was not delivered */
  uint64_t positions; /* units whose latest position was not delivered */
  uint64_t calls;     /* calls of sb_call that were not answered */
} sb_unsent;

/*
 * Stops the bridge: accepts nothing new (SB_SHUTTING_DOWN from now on), sends waiting panics, statuses and emergency calls
 * (create911Call), ends all other calls, gives up after `timeout_ms` (0 to 60000) and joins its thread. `unsent` (may be
 * NULL) gets what was not sent. Every ticket has an answer then, at worst SB_ERROR_SHUTTING_DOWN: poll the answers, then
 * destroy the bridge. A second call does nothing and gives the same result.
 */
SB_API sb_code sb_stop(sb_bridge *bridge, uint32_t timeout_ms, sb_unsent *unsent);

/*
 * Replaces a running bridge by a new one, atomically. When the settings are wrong or something cannot be opened
 * (SB_INVALID_SETTING, SB_OUT_OF_MEMORY, SB_INTERNAL, with a `message` as from sb_create), `running` goes on unchanged.
 * Otherwise `running` is stopped as by sb_stop. Then the new bridge begins, with the budgets that `running` has spent. The
 * two never send at the same time. Certificate authorities that are new or have changed in this process are read first,
 * which takes some 10 ms; a wrong file of them is SB_INVALID_SETTING. On Windows their store is opened each time, to see
 * whether it has changed. Poll the last answers of `running`, then destroy it. NULL as `running`: sb_create.
 */
SB_API sb_code sb_replace(sb_bridge *running, uint32_t timeout_ms, const sb_setting *settings, size_t count,
                          sb_bridge **bridge, char *message, size_t message_size, sb_unsent *unsent);

/*
 * Stops the bridge as sb_stop does, unless it is already stopped, and frees everything, including `bridge`. NULL as bridge
 * does nothing. All texts of the bridge become invalid. Answers that were not polled are lost.
 */
SB_API sb_code sb_destroy(sb_bridge *bridge, uint32_t timeout_ms, sb_unsent *unsent);

/*
 * Waits until every panic, status, position and call given so far is answered by the CAD, at most `timeout_ms` (0 to 60000):
 * SB_OK or SB_TIMED_OUT. Positions wait for their budget like always. For tests and tools; never on a game thread.
 */
SB_API sb_code sb_flush(sb_bridge *bridge, uint32_t timeout_ms);

/* The message about the last call on this bridge that did not return SB_OK; valid until the next call. Never NULL. */
SB_API const char *sb_last_error(const sb_bridge *bridge);

/* ------------------------------------------------------------------------------------------------------------- in */

/* Where a unit is. */
typedef struct sb_position {
  size_t struct_size;
  sb_text unit;     /* community user id, 1 to SB_UNIT_ID_SIZE bytes */
  double x, y, z;   /* metres, world coordinates; finite, within +-1e6 */
  double heading;   /* degrees; finite, taken modulo 360 */
  sb_text location; /* street or place, at most SB_LOCATION_SIZE bytes; {NULL, 0}: unchanged */
  sb_text peer;     /* peer id for voice, at most SB_PEER_ID_SIZE bytes; {NULL, 0}: unchanged */
  sb_text vehicle;  /* the game's name of the vehicle's model, or the address (https://...) of a 3D file for the map, at most
                       SB_VEHICLE_MODEL_SIZE bytes; "" : on foot; {NULL, 0}: unchanged */
  /* A caller whose structure ends here does not give what follows. */
  sb_text kind;     /* of the vehicle, which decides about its model on the map (docs/map.md): foot, police, fire, ems, car,
                       motorcycle, bicycle, boat, plane, helicopter; {NULL, 0}: unchanged */
  int32_t siren;    /* 1: it is on; -1: it is off; 0: unchanged */
} sb_position;

/*
 * Takes the newest positions of `count` units. All units that moved share one request, which is sent as often as the
 * CAD's budget allows. When an element is refused (see sb_position), the others are still taken. The call then returns
 * SB_INVALID_ARGUMENT, or SB_QUEUE_FULL for a unit beyond SB_UNITS_MAX; sb_last_error() is about the first refused one,
 * and `accepted` (may be NULL) gets the number of positions taken. Allocates nothing for a known unit; takes about 100 ns
 * per position.
 */
SB_API sb_code sb_push_positions(sb_bridge *bridge, const sb_position *positions, size_t count, size_t *accepted);

/*
 * From now on the slot stands for this unit, so that the unit's id crosses once and not with every place. A slot is a
 * small number of the host's own, below SB_SLOTS; a player's server id serves well. Several slots may stand for one unit.
 * A slot that stood for another unit lets go of it: see sb_unbind_slot. SB_QUEUE_FULL: 8,192 bindings and texts wait for
 * the bridge's thread. Memory grows with the largest slot, by about 200 bytes a slot.
 */
SB_API sb_code sb_bind_slot(sb_bridge *bridge, uint32_t slot, sb_text unit);

/*
 * From now on the slot stands for nobody. A unit that loses its last slot is forgotten as by sb_remove_unit. A slot that
 * stands for nobody already: SB_OK. SB_QUEUE_FULL: see sb_bind_slot.
 */
SB_API sb_code sb_unbind_slot(sb_bridge *bridge, uint32_t slot);

/* Texts of a unit, as in sb_position; {NULL, 0}: unchanged. */
typedef struct sb_unit_texts {
  size_t struct_size;
  sb_text location;
  sb_text peer;
  sb_text vehicle;
  sb_text kind;
  int32_t siren;
} sb_unit_texts;

/*
 * Texts for the next place of the slot. SB_INVALID_ARGUMENT also for a slot that stands for nobody. SB_QUEUE_FULL: see
 * sb_bind_slot; texts of a slot whose texts wait already always have room.
 */
SB_API sb_code sb_describe_slot(sb_bridge *bridge, uint32_t slot, const sb_unit_texts *texts);

/*
 * Takes the newest places of `count` slots. `rows` has SB_ROW numbers for each: slot; x, y, z in decimetres, within
 * +-10,000,000; heading in whole degrees, taken modulo 360, or SB_SAME_HEADING. When a row is refused (its slot stands for
 * nobody, a coordinate is out of range), the others are still taken. The call then returns SB_INVALID_ARGUMENT, or
 * SB_QUEUE_FULL when the places of SB_UNITS_MAX slots wait; sb_last_error() is about the first refused one, sb_stats
 * counts each as refused, and `accepted` (may be NULL) gets the number of rows taken. Allocates nothing; takes about 20 ns
 * a row. A unit may also be pushed by its id: the newest place wins, whichever way it came.
 */
SB_API sb_code sb_push_rows(sb_bridge *bridge, const int32_t *rows, size_t count, size_t *accepted);

/*
 * From now on the map shows this text as the unit's place, instead of its location and the postal; "" or {NULL, 0}: no
 * longer. At most SB_LOCATION_SIZE bytes. It holds until it is taken back, also while the unit is not known. SB_QUEUE_FULL:
 * 4,096 such texts wait for the bridge's thread. Beyond 4,096 units with a text a further one is not shown, and a line of
 * the log says so.
 */
SB_API sb_code sb_set_location(sb_bridge *bridge, sb_text unit, sb_text text);

/*
 * Whose places the host should read now: writes up to `capacity` slots and returns how many; 0: nobody's. A slot as it is:
 * with heading and texts. -1 - slot: its place is enough (SB_SAME_HEADING). The bridge decides when places are read: a slot
 * that has just been bound at once, all before positions may leave. Call it once a tick, read, and push what was read by
 * one sb_push_rows, also when that is nothing; then the bridge names the next. What does not fit into `capacity` comes with
 * the next call. A host that reads when it likes needs no such calls. Never waits; nothing to read is one atomic read.
 */
SB_API size_t sb_take_readings(sb_bridge *bridge, int32_t *slots, size_t capacity);

/*
 * Raises (on != 0) or clears a unit's panic. SB_QUEUE_FULL only when 131,072 answers are owed (see sb_event). An ON always
 * reaches the CAD, even when an OFF follows at once. A repeat of a value that is in flight, or that was acknowledged within
 * the last `sonoran_bridge_dedupe_s` seconds, sends nothing and gets the same answer as the first. `ticket` (may be NULL)
 * identifies the answer in sb_poll.
 */
SB_API sb_code sb_set_panic(sb_bridge *bridge, sb_text unit, int on, uint64_t *ticket);

/*
 * Sets a unit's status: 0 unavailable, 1 busy, 2 available, 3 en route, 4 on scene, 100 offline. Communities may have
 * others; 0 to 1000 is accepted. The last one wins; a status that was replaced before it was sent is answered as
 * superseded. Repeats are treated as for a panic. SB_QUEUE_FULL when 16,384 calls wait for the bridge's thread.
 */
SB_API sb_code sb_set_status(sb_bridge *bridge, sb_text unit, int32_t status, uint64_t *ticket);

/* Forgets a unit's position at once. A waiting panic or status of the unit is still sent. */
SB_API sb_code sb_remove_unit(sb_bridge *bridge, sb_text unit);

/* Options of a call. All fields zero except struct_size: the defaults. */
typedef struct sb_call_options {
  size_t struct_size;
  uint32_t deadline_ms; /* 100 to 600000; 0: 30000. At the deadline the ticket is answered with what is known then */
  sb_text attachment;   /* uploadBodycamRecording: the bytes of the .webm, instead of the argument `file` */
} sb_call_options;

/*
 * Calls any of the 74 operations by its name (docs/operations.md lists them). `arguments` is one JSON object of at most
 * SB_ARGUMENTS_SIZE bytes, nested at most 32 deep; {NULL, 0} is {}. Path parameters, query parameters and body fields
 * are side by side in it; an absent serverId is taken from the settings. `options` may be NULL.
 *
 * SB_INVALID_ARGUMENT: the operation is unknown (sb_last_error() names the nearest), or a parameter is missing, unknown or
 * of the wrong type, ...; nothing is sent. SB_QUEUE_FULL: 16,384 calls or 64 MiB of calls wait; the last 256 and the last
 * 4 MiB are reserved for create911Call. Otherwise `ticket` (may be NULL) identifies the one answer in sb_poll, which comes
 * at the deadline at the latest. Identical queries share one request. Commands with the same target (the same call, unit
 * or record) are sent one after another.
 */
SB_API sb_code sb_call(sb_bridge *bridge, sb_text operation, sb_text arguments, const sb_call_options *options,
                       uint64_t *ticket);

/*
 * Cancels a call of sb_call: its ticket is answered with SB_ERROR_CANCELLED, unless its answer already waits in sb_poll. A
 * request that was sent cannot be recalled: the CAD may still carry it out. An unknown ticket does nothing.
 */
SB_API sb_code sb_cancel(sb_bridge *bridge, uint64_t ticket);

/*
 * In how many milliseconds a request of this operation, made now, is expected to be sent, given its budget and the waiting
 * requests. 0: at once. SB_NOT_KNOWN: not until the CAD answers, or no such operation. One atomic read.
 */
SB_API uint32_t sb_expected_wait_ms(const sb_bridge *bridge, sb_text operation);

/* Sets the number of players on the server, 0 to 100000, for the next heartbeat. */
SB_API sb_code sb_heartbeat(sb_bridge *bridge, uint32_t player_count);

/*
 * Gives the bridge an event that the CAD has sent by HTTP, unchanged: the JSON object {"key", "type", "data"}, of at most
 * SB_PUSH_SIZE bytes. It is then treated like an event of the CAD's hub: the bridge learns from it and delivers it as
 * SB_EVENT_PUSH. Its key must be the API key, in upper or lower case; the comparison takes constant time.
 * SB_INVALID_ARGUMENT: it is not an event, or is too long. SB_NOT_TRUSTED: it has another key, or none. SB_QUEUE_FULL:
 * 4,096 events or 16 MiB of them wait.
 */
SB_API sb_code sb_push_event(sb_bridge *bridge, sb_text event);

/* From now on lines of the log up to this level come out, whatever the setting sonoran_bridge_log_level says. */
SB_API sb_code sb_set_log_level(sb_bridge *bridge, int level);

/*
 * Looks at the way to the CAD: its name is looked up, and each of its addresses is connected to, with TLS where there is
 * some, side by side. The one answer to `ticket` comes from sb_poll within 9 s; its `body` is one JSON object, which
 * docs/stats.md describes. Sends no request. SB_QUEUE_FULL: one look is under way.
 */
SB_API sb_code sb_diagnose(sb_bridge *bridge, uint64_t *ticket);

/*
 * What the bridge knows of a unit: when its position was heard of, sent and taken last, which panic and status wait or
 * were acknowledged, and its last refusal in the CAD's words. The one answer to `ticket` comes from sb_poll at once; its
 * `body` is one JSON object, which docs/stats.md describes. Sends no request.
 */
SB_API sb_code sb_unit_state(sb_bridge *bridge, sb_text unit, uint64_t *ticket);

/* ------------------------------------------------------------------------------------------------------------ out */

typedef enum sb_event_type {
  SB_EVENT_RESPONSE = 1, /* the answer to a ticket */
  SB_EVENT_LOG = 2,      /* a line for the server's console: `level`, `body` */
  /*
   * The CAD's list of active units has changed, when the setting sonoran_bridge_tracking is "cad", the default. The bridge
   * reads it every 20 s; while the CAD's events come in, once a minute, and logins and logouts are told at once. `body` is {"full":false,"added":["license:abc"],"removed":["def"]}: community user ids as the CAD
   * gives them, with or without a prefix. `full`: `added` is the whole list; so it is in the first event of a bridge, and
   * after events were dropped because nobody polled. While the CAD is away the last list stays valid for ten minutes; then
   * all units are removed. Reading the list spends the budget of getActiveUnits (3 a minute), so calls of that operation
   * wait longer.
   */
  SB_EVENT_ACTIVE_UNITS = 3,
  /*
   * An event of the CAD. `title` is its type in upper case ("EVENT_UNIT_STATUS"), 1 to 128 bytes of printable ASCII; `body`
   * is its data, "null" without any. Events come in the order in which the bridge received them. Unknown types are
   * delivered too; docs/events.md lists the known ones. When 4,096 events or 16 MiB of them wait, the oldest are dropped.
   */
  SB_EVENT_PUSH = 4,
  /*
   * How it is with the CAD has changed: `title` is the state and `body` its reason ("" where there is none), as in
   * sb_stats; `detail` is how it is with the CAD's hub, "" where it is not used. A bridge begins as "starting", which is not told.
   * Where several changes came before a poll, the last is told.
   */
  SB_EVENT_STATE = 5
} sb_event_type;

typedef enum sb_log_level { SB_LOG_ERROR = 0, SB_LOG_WARN = 1, SB_LOG_INFO = 2, SB_LOG_DEBUG = 3 } sb_log_level;

/* Why a ticket failed. The numbers are stable; sb_error_name() gives their names. */
typedef enum sb_error {
  SB_ERROR_NONE = 0,
  SB_ERROR_INVALID_ARGUMENT = 1,
  SB_ERROR_UNAUTHORIZED = 2,    /* the CAD refuses the API key */
  SB_ERROR_NOT_FOUND = 3,       /* the CAD knows no such server, unit, ... */
  SB_ERROR_REJECTED = 4,        /* any other 4xx */
  SB_ERROR_RATE_LIMITED = 5,    /* 429 */
  SB_ERROR_UNAVAILABLE = 6,     /* the CAD cannot be reached, or answers 5xx */
  SB_ERROR_TIMEOUT = 7,         /* no answer in time */
  SB_ERROR_OUTCOME_UNKNOWN = 8, /* sent, without an answer, and not safe to send again */
  SB_ERROR_CANCELLED = 9,
  SB_ERROR_QUEUE_FULL = 10,
  SB_ERROR_SHUTTING_DOWN = 11,
  SB_ERROR_ANSWER_DROPPED = 12 /* the CAD carried it out; its answer was dropped, because nobody polled */
} sb_error;

/* "unauthorized" for SB_ERROR_UNAUTHORIZED, ...; "unknown" for any other number. A constant. Any thread. */
SB_API const char *sb_error_name(int error);

/*
 * An event for the game. The bridge keeps a panic or status until the CAD accepts it, refuses it for good, or the bridge
 * is stopped; then its ticket is answered. A call's ticket is answered at its deadline at the latest.
 *
 * Each ticket is answered exactly once, however late the poll comes. When more than 64 MiB of texts wait, lines of the log
 * and bodies of answers are dropped, oldest first; a success without its body has SB_ERROR_ANSWER_DROPPED. When 65,536
 * tickets have no answer, or an answer that was not polled, further calls and statuses are refused; at 131,072 panics too.
 */
typedef struct sb_event {
  size_t struct_size;
  sb_event_type type;
  uint64_t ticket;      /* RESPONSE */
  int32_t http_status;  /* RESPONSE: 200, 404, ...; 0 without an answer */
  sb_error error;       /* RESPONSE: SB_ERROR_NONE when it succeeded */
  int32_t deduplicated; /* RESPONSE: 1 when it needed no request of its own: a repeat, or superseded */
  sb_log_level level;   /* LOG */
  sb_text body;         /* RESPONSE: the CAD's answer, with invalid UTF-8 as U+FFFD; LOG: the line; PUSH: the data;
                           STATE: the reason */
  sb_text title;        /* RESPONSE with an error: what happened, a few words; PUSH: the event's type; STATE: the state */
  sb_text detail;       /* RESPONSE with an error: the message, one sentence; STATE: the hub's */
  sb_text trace_id;     /* RESPONSE with an error: the CAD's traceId, or empty */
  uint32_t retry_after_ms; /* RESPONSE with SB_ERROR_RATE_LIMITED or _UNAVAILABLE: when to try again; 0: not known */
  /*
   * 1: `body` is one JSON value that nests at most 64 deep, so a recursive decoder can read it. 0: it is text, whatever it
   * looks like and whatever its content type; do not decode it. PUSH: also 0 for more than 64 KiB, because decoding that
   * would take the game thread milliseconds.
   */
  int32_t body_is_json;
  /* PUSH: 1: a call of this bridge caused it, and the CAD sends no event for that; 0: the CAD sent it. */
  int32_t from_bridge;
} sb_event;

/*
 * Moves up to `max` events into `events` (set struct_size of each) and returns their number. Their texts are valid until
 * the next sb_poll or sb_release. Never waits; an empty poll is one atomic read.
 */
SB_API size_t sb_poll(sb_bridge *bridge, sb_event *events, size_t max);

/* Frees the texts of the last sb_poll before the next one. Optional. */
SB_API void sb_release(sb_bridge *bridge);

/* The number of waiting events: one atomic read. Any thread. */
SB_API uint32_t sb_pending(const sb_bridge *bridge);

/*
 * The address of that number, for hosts that can read memory without a call. It does not change, and is valid until
 * sb_destroy.
 */
SB_API const uint32_t *sb_pending_address(const sb_bridge *bridge);

/*
 * For hosts that can be woken. The bridge's own thread calls `wakeup` with `context` when the first event arrives after a
 * poll that left none. The function must return at once and must not call functions of this header. NULL removes it. After
 * sb_set_wakeup has returned, the old function is not called any more. Do not use this inside a game server.
 */
typedef void (*sb_wakeup)(void *context);
SB_API void sb_set_wakeup(sb_bridge *bridge, sb_wakeup wakeup, void *context);

/*
 * Counters and state as one JSON object; docs/stats.md describes its fields. NUL-terminated, owned by the bridge, valid
 * until the next sb_stats, at most a second old. `size` (may be NULL) gets its length in bytes. Never waits.
 */
SB_API const char *sb_stats(sb_bridge *bridge, size_t *size);

/*
 * Where each unit is, a piece of the list as one JSON object; docs/stats.md describes it. Its field "of" says how many
 * pieces there are; any number is a piece, counted round. The list is made when it is asked for: this gives a piece of
 * what the call before asked for (an empty one the first time) and asks for a newer list, which takes the bridge's own
 * thread about a microsecond a unit. NUL-terminated, owned by the bridge, until the next sb_units. `size` (may be NULL)
 * gets its length in bytes. Never waits.
 */
SB_API const char *sb_units(sb_bridge *bridge, uint32_t piece, size_t *size);

#ifdef __cplusplus
}
#endif

#endif /* SONORAN_BRIDGE_H */
