---@meta
-- Types for editors (LuaLS): add this folder to the workspace library. Not loaded by the game server.
--
--   local cad = exports.sonoran_bridge ---@type sonoran.Exports

---@alias sonoran.Unit integer|string|{unit: string} A player's server id; or a community user id, as { unit = id } where it may be digits alone.
---@alias sonoran.StatusName 'UNAVAILABLE'|'BUSY'|'AVAILABLE'|'ENROUTE'|'ON_SCENE'|'OFFLINE'

---@class sonoran.Error
---@field kind 'invalid_argument'|'unauthorized'|'not_found'|'rejected'|'rate_limited'|'unavailable'|'timeout'|'outcome_unknown'|'cancelled'|'queue_full'|'shutting_down'|'answer_dropped'|'out_of_memory'|'internal'
---@field title string
---@field detail string A message of one sentence.
---@field traceId? string The CAD's own id of the failure.
---@field retryAfter_s? number When to try again, where that is known.

---@class sonoran.Answer
---@field ok boolean
---@field status integer HTTP status; 0 when nothing was answered.
---@field deduplicated boolean No request of its own was needed.
---@field body? any What the CAD's JSON says, of which the game drops tables more than 12 deep between resources (`raw` keeps them); a text when the answer is no JSON, or nests deeper than 64; nil when it is empty.
---@field json? boolean With `raw`: `body` is JSON that nests at most 64 deep. Give nothing else to json.decode: a deep text ends the game server.
---@field error? sonoran.Error

---@class sonoran.Position
---@field unit sonoran.Unit
---@field x number Metres.
---@field y number Metres.
---@field z number Metres.
---@field heading? number Degrees.
---@field location? string At most 160 bytes; nil: as before.
---@field peer? string At most 64 bytes; nil: as before.
---@field vehicle? string At most 64 bytes; '': on foot; nil: as before.

---@class sonoran.Exports
local exports = {}

---Raises or clears a unit's panic. An ON always reaches the CAD.
---@param unit sonoran.Unit
---@param on boolean
---@param callback? fun(answer: sonoran.Answer)
---@return boolean taken
---@return {wait_s: number|false|nil}|string value wait_s: for how many seconds it waits because the panic budget is spent or it is being asked who the player is; nil: not at all; false: until the CAD answers. Refused: the message.
function exports:setPanic(unit, on, callback) end

---Sets a unit's status; the last one wins.
---@param unit sonoran.Unit
---@param status integer|sonoran.StatusName
---@param callback? fun(answer: sonoran.Answer)
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setStatus(unit, status, callback) end

---Newest positions of units that are no players, or that no tracker reads.
---@param positions sonoran.Position|sonoran.Position[] One, or a list without holes.
---@return boolean taken All of them.
---@return {taken: integer}|string value How many; or the message about the first that was refused, and how many were taken.
function exports:pushPositions(positions) end

---Forgets a unit's position at once.
---@param unit sonoran.Unit
---@return boolean taken
---@return table|string value {}; or the message.
function exports:removeUnit(unit) end

---Marks a player as on duty: their position is sent from now on.
---@param player integer
---@param on boolean
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setOnDuty(player, on) end

---Says who a player is in the CAD; nil: as their identifiers say.
---@param player integer
---@param id string?
---@return boolean taken
---@return table|string value {}; or the message.
function exports:setCommunityUserId(player, id) end

---@param player integer
---@return boolean known
---@return string value The id; or why there is none.
function exports:getCommunityUserId(player) end

---@class sonoran.CallOptions
---@field deadline_ms? integer 100 to 600000; 30000 when absent.
---@field attachment? string uploadBodycamRecording: base64 of the file's bytes, instead of `file`.
---@field raw? boolean exports:call: the answer's body stays a text.

---Calls any operation of the CAD by its name; lua/cad.lua offers the same as CAD.<operation>.
---@param operation string
---@param arguments? table|string Parameters and body fields side by side by name; or JSON as a text. Between resources the game drops tables more than 15 deep; a text has no such bound, nor has lua/cad.lua.
---@param callback? fun(answer: sonoran.Answer)
---@param options? sonoran.CallOptions
---@return boolean taken
---@return integer|string value Its number, for cancel; or the message.
function exports:call(operation, arguments, callback, options) end

---Gives a call up; its callback is answered with `cancelled`. The CAD may carry out what has left already.
---@param call integer
---@return boolean cancelled
---@return table|string value {}; or the message.
function exports:cancel(call) end

---@return boolean ready
---@return string? message
function exports:isReady() end

---State, budgets and counters; docs/stats.md describes them.
---@return table
function exports:status() end
