---@meta
-- Types for editors (LuaLS): add this folder to the workspace library. Not loaded by the game server.
--
--   local cad = exports.sonoran_bridge ---@type sonoran.Exports

---@alias sonoran.Unit integer|string|{unit: string} A player's server id; or a community user id, written { unit = id } if it may be digits alone.
---@alias sonoran.StatusName 'UNAVAILABLE'|'BUSY'|'AVAILABLE'|'ENROUTE'|'ON_SCENE'|'OFFLINE'

---@class sonoran.Error
---@field kind 'invalid_argument'|'unauthorized'|'not_found'|'rejected'|'rate_limited'|'unavailable'|'timeout'|'outcome_unknown'|'cancelled'|'queue_full'|'shutting_down'|'answer_dropped'|'out_of_memory'|'internal'
---@field title string
---@field detail string The message: one sentence.
---@field traceId? string The CAD's own id of the failure.
---@field retryAfter_s? number Seconds after which to try again, if known.

---@class sonoran.Answer
---@field ok boolean
---@field status integer HTTP status; 0 without an answer.
---@field deduplicated boolean The answer of another request with the same content was used.
---@field body? any The value of the CAD's JSON. Between resources the game drops tables more than 12 deep (`raw` keeps them). A text when the answer is not JSON, or nests deeper than 64. Nil when it is empty.
---@field json? boolean With `raw`: `body` is JSON that nests at most 64 deep. Otherwise do not decode it: a deeply nested text ends the game server.
---@field error? sonoran.Error

---@alias sonoran.VehicleKind 'foot'|'police'|'fire'|'ems'|'car'|'motorcycle'|'bicycle'|'boat'|'plane'|'helicopter'

---@class sonoran.Position
---@field unit sonoran.Unit
---@field x number Metres.
---@field y number Metres.
---@field z number Metres.
---@field heading? number Degrees.
---@field location? string At most 160 bytes; nil: unchanged.
---@field peer? string At most 64 bytes; nil: unchanged.
---@field vehicle? string The game's name of the model, or the address of a 3D file for the map; at most 256 bytes; '': on foot; nil: unchanged.
---@field kind? sonoran.VehicleKind The kind of vehicle, which decides about its model on the map (docs/map.md); nil: unchanged.
---@field siren? boolean Whether the siren is on; nil: unchanged.

---@class sonoran.Exports
local exports = {}

---Raises or clears a unit's panic. An ON always reaches the CAD.
---@param unit sonoran.Unit
---@param on boolean
---@param callback? fun(answer: sonoran.Answer)
---@return boolean taken
---@return {wait_s: number|false|nil}|string value wait_s: seconds that it waits because the panic budget is spent or the player is being looked up; nil: it does not wait; false: until the CAD answers. Or the message.
function exports:setPanic(unit, on, callback) end

---Sets a unit's status; the last one wins.
---@param unit sonoran.Unit
---@param status integer|sonoran.StatusName
---@param callback? fun(answer: sonoran.Answer)
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setStatus(unit, status, callback) end

---Sends the newest positions of units that are not players, or that the tracker does not read.
---@param positions sonoran.Position|sonoran.Position[] One, or a list without holes.
---@return boolean taken Whether all were taken.
---@return {taken: integer}|string value The number of positions taken; or the message about the first that was refused, which also says how many were taken.
function exports:pushPositions(positions) end

---Forgets a unit's position at once.
---@param unit sonoran.Unit
---@return boolean taken
---@return table|string value {}; or the message.
function exports:removeUnit(unit) end

---Shows a text on the map as a unit's place, instead of the street and the postal; nil: no longer. It ends when the player leaves, or your resource stops.
---@param unit sonoran.Unit
---@param text string? At most 160 bytes.
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setLocation(unit, text) end

---Marks a player as on duty: their position is sent from now on.
---@param player integer
---@param on boolean
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setOnDuty(player, on) end

---Sets who a player is in the CAD; nil: as their identifiers say.
---@param player integer
---@param id string?
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setCommunityUserId(player, id) end

---@param player integer
---@return boolean known
---@return string value The id; or the message.
function exports:getCommunityUserId(player) end

---@class sonoran.CallOptions
---@field deadline_ms? integer Milliseconds, 100 to 600000; default 30000.
---@field attachment? string uploadBodycamRecording: base64 of the file's bytes, instead of `file`.
---@field raw? boolean exports:call: the answer's body stays text.

---Calls any operation of the CAD by its name; lua/cad.lua offers the same as CAD.<operation>.
---@param operation string
---@param arguments? table|string Parameters and body fields side by side by name; or JSON as a text. Between resources the game drops tables more than 15 deep; a text and lua/cad.lua have no such bound.
---@param callback? fun(answer: sonoran.Answer)
---@param options? sonoran.CallOptions
---@return boolean taken
---@return integer|string value The number of the call, for cancel; or the message.
function exports:call(operation, arguments, callback, options) end

---Cancels a call; its callback gets the kind `cancelled`. The CAD may still carry out a call that was already sent.
---@param call integer
---@return boolean cancelled
---@return table|string value {}; or the message.
function exports:cancel(call) end

---Calls a function with each event of the CAD (docs/events.md), for as long as both resources run. CAD.on of lua/cad.lua
---holds over a restart of the bridge, too.
---@param type sonoran.EventType|string In upper or lower case; '*': all of them.
---@param fn fun(event: sonoran.Event)
---@param options? {raw: boolean?} raw: the event's data stay a text, and `json` says whether it may be decoded.
---@return boolean taken
---@return integer|string value The listener's number, for off; or the message.
function exports:on(type, fn, options) end

---Ends a listener of one's own.
---@param listener integer
---@return boolean ended
---@return table|string value {}; or the message.
function exports:off(listener) end

---@class sonoran.State
---@field state 'starting'|'running'|'unauthorized'|'server_unknown'|'unavailable'|'stopping'|'failed'|'stopped'
---@field reason string One sentence, or ''.
---@field hub 'up'|'down'|'' '': the CAD's hub is not used.

---Calls a function at once with how it is with the CAD, and at each change. At most 16 functions of one resource.
---@param fn fun(now: sonoran.State)
---@return boolean taken
---@return table|string value {}; or the message.
function exports:onState(fn) end

---@return boolean ready
---@return string? message
function exports:isReady() end

---State, budgets and counters; docs/stats.md describes them.
---@return table
function exports:status() end
