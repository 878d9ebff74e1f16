---@meta sonoran_bridge
-- Types of the Lua 5.4 module for editors. bridge/include/sonoran_bridge.h documents the functions.
-- A refused call gives nil, a message, and the code's name ('invalid_argument', 'queue_full', ...).

---@class sonoran_bridge.Position
---@field unit string Community user id.
---@field x number Metres.
---@field y number Metres.
---@field z number Metres.
---@field heading number Degrees.
---@field location? string
---@field peer? string
---@field vehicle? string
---@field kind? 'foot'|'police'|'fire'|'ems'|'car'|'motorcycle'|'bicycle'|'boat'|'plane'|'helicopter'
---@field siren? boolean

---@class sonoran_bridge.Event
---@field type 'response'|'log'|'active_units'|'push'|'state'
---@field ticket? integer
---@field ok? boolean
---@field status? integer HTTP status, or 0.
---@field deduplicated? boolean
---@field json? boolean `body` is JSON that nests at most 64 deep, so it is safe to decode; push: it also has at most 64 KiB.
---@field body? string The CAD's answer; active_units: the news as JSON, see sonoran_bridge.h; push: the event's data.
---@field event? string push: the event's type, as in docs/events.md.
---@field source? 'cad'|'bridge' push: 'bridge' if the bridge itself caused it by a call, which the CAD does not report.
---@field error? { kind: string, title: string, detail: string, traceId: string, retryAfter_s?: number }
---@field level? 'error'|'warn'|'info'|'debug'
---@field line? string
---@field state? string How it is with the CAD, as in stats().
---@field reason? string
---@field hub? string

---@class sonoran_bridge.Bridge
local bridge = {}
---@param position sonoran_bridge.Position
---@return true? ok, string? message, string? code
function bridge:push_position(position) end
---@param positions sonoran_bridge.Position[]
---@return integer? taken, string? message, string? code, integer? taken_of_them
function bridge:push_positions(positions) end
---@param unit string Community user id.
---@param text? string What the map shows as the unit's place; nil: no longer.
---@return true? ok, string? message, string? code
function bridge:set_location(unit, text) end
---@param unit string Community user id.
---@param on boolean
---@return integer? ticket, string? message, string? code
function bridge:set_panic(unit, on) end
---@param unit string Community user id.
---@param status integer
---@return integer? ticket, string? message, string? code
function bridge:set_status(unit, status) end
---@param operation string One of the 74 operations: 'getCalls'.
---@param arguments? string One JSON object.
---@param options? { deadline_ms?: integer, attachment?: string }
---@return integer? ticket, string? message, string? code
function bridge:call(operation, arguments, options) end
---@param ticket integer
---@return true? ok, string? message, string? code
function bridge:cancel(ticket) end
---@param operation string
---@return number|false|nil seconds False: until the CAD answers.
---@return string? message, string? code
function bridge:expected_wait(operation) end
---@param unit string Community user id.
---@return true? ok, string? message, string? code
function bridge:remove_unit(unit) end
---@param player_count integer
---@return true? ok, string? message, string? code
function bridge:heartbeat(player_count) end
---@param event string An event that the CAD has sent by HTTP: one JSON object.
---@return true? ok, string? message, string? code
function bridge:push_event(event) end
---@param level 'error'|'warn'|'info'|'debug'
---@return true? ok, string? message, string? code
function bridge:set_log_level(level) end
---@return integer? ticket, string? message, string? code
function bridge:diagnose() end
---@param unit string Community user id.
---@return integer? ticket, string? message, string? code
function bridge:unit_state(unit) end
---@param max? integer At most 64.
---@return sonoran_bridge.Event[]
function bridge:poll(max) end
---@return integer
function bridge:pending() end
---@return string json
function bridge:stats() end
---@param name string
---@return string?
function bridge:setting(name) end
---@param timeout_ms? integer
---@return true? ok, string? message, string? code
function bridge:flush(timeout_ms) end
---@param timeout_ms? integer
---@return { panics: integer, statuses: integer, positions: integer, calls: integer }? unsent
function bridge:destroy(timeout_ms) end

local sonoran_bridge = {}
---@param settings table<string, string|number|boolean>
---@return sonoran_bridge.Bridge? bridge, string? message, string? code
function sonoran_bridge.create(settings) end
---@return string
function sonoran_bridge.version() end
---@return { name: string, type: string, default: string, range: string, sentence: string }[]
function sonoran_bridge.settings() end
return sonoran_bridge
