-- The community user id of a player: the id that a script set; else the one that the vendor's resource gave; else an
-- identifier. Nothing here waits: callers get what is known now, and a lookup is started when needed.

Identity = {}

local FOUND_MS = 600000  -- age at which an id is looked up again; it is used until the answer comes
local MISSING_MS = 60000 -- the same for a player whom the vendor's resource did not know
local MISSES = 2         -- answers without an id, in a row, after which a known id is dropped
local IDENTIFIER_MS = 60000 -- age at which an identifier is read again
local NONE_MS = 5000     -- the same when there is none
local UNIT_BYTES = Bridge.Limits.UNIT_ID_SIZE
local YES = { ['true'] = true, ['1'] = true, yes = true, on = true } -- as settings.cpp reads a boolean

local chosen = Players.keyed()  -- by player: the id that a script set
-- By player: {found: id from the vendor's resource; answered: when it last answered; misses: answers without an id in a row;
-- identifier; upto: when the identifier is read again}
local entries, entry = Players.keyed(function()
  return { misses = 0, upto = 0 }
end)
local listeners = {}

local function identifier_kind()
  return Bridge.setting('sonoran_bridge_identifier', 'license')
end

local function read_identifier(player)
  local kind = identifier_kind()
  local identifier = GetPlayerIdentifierByType(tostring(player), kind)
  if not identifier or identifier == '' then
    return nil
  end
  if not YES[Bridge.setting('sonoran_bridge_identifier_prefix', 'false')] then
    identifier = identifier:sub(#kind + 2)
  end
  return identifier ~= '' and not Text.check(identifier, UNIT_BYTES) and identifier or nil
end

local function is_due(mine, now)
  return not mine.answered or now - mine.answered >= (mine.misses > 0 and MISSING_MS or FOUND_MS)
end

-- Gives the community user id of a connected player as it is known now, or nil and a message. When that is old, or only an
-- identifier is known, starts a lookup in the vendor's resource.
function Identity.of(player)
  if chosen[player] then
    return chosen[player]
  end
  local now = GetGameTimer()
  local mine = entry(player)
  if is_due(mine, now) then
    Lookups.want(player, mine.answered and 'again' or 'first')
  end
  if mine.found then
    return mine.found
  end
  if now >= mine.upto then
    mine.identifier = read_identifier(player)
    mine.upto = now + (mine.identifier and IDENTIFIER_MS or NONE_MS)
  end
  if mine.identifier then
    return mine.identifier
  end
  return nil, ('Player %d has no %s identifier; name the unit with setCommunityUserId(%d, id), or choose another '
    .. 'sonoran_bridge_identifier.'):format(player, identifier_kind(), player)
end

-- The source of the id that Identity.of gives: 'script', 'sonorancad' or 'identifier'; nil when there is no id.
function Identity.source(player)
  local mine = entries[player]
  return chosen[player] and 'script' or mine and mine.found and 'sonorancad' or Identity.of(player) and 'identifier' or nil
end

-- The player's identifier of the kind that the settings name, even if they have another id; nil when they have none.
function Identity.identifier(player)
  return read_identifier(player)
end

-- Calls `fn(id)` for each known id of a present player.
function Identity.each(fn)
  for _, id in pairs(chosen) do
    fn(id)
  end
  for _, mine in pairs(entries) do
    if mine.found then
      fn(mine.found)
    end
    if mine.identifier then
      fn(mine.identifier)
    end
  end
end

-- Gives the milliseconds that a press of the player should wait for a lookup under way; nil: it should not wait.
function Identity.wait_ms(player)
  local mine = entry(player)
  if chosen[player] or mine.found then
    return nil
  elseif mine.answered and not Lookups.under_way(player) then
    return nil -- an identifier is all that is known; an old answer is looked up again in the meantime
  end
  return Lookups.hurry(player)
end

-- Called when the CAD does not know the player's id. Starts a lookup ahead of others; gives whether it may find a better id.
function Identity.doubt(player)
  if chosen[player] then
    return false
  end
  Lookups.hurry(player)
  return Lookups.hopeful()
end

-- Calls `fn(player)` whenever a player's id changes.
function Identity.on_change(fn)
  listeners[#listeners + 1] = fn
end

local function changed(player)
  for i = 1, #listeners do
    Loop.guard('identity', listeners[i], player)
  end
end

-- Sets the id that a script gives a player; nil removes it.
function Identity.set(player, id)
  local before = chosen[player]
  chosen[player] = id
  if before ~= id then
    changed(player)
  end
end

Lookups.on_end(function(player, answered, id)
  if not answered then
    return
  end
  local mine = entry(player)
  local before = mine.found
  mine.answered = GetGameTimer()
  mine.misses = id and 0 or mine.misses + 1
  if id or mine.misses >= MISSES then
    mine.found = id
  end
  if mine.found ~= before and not chosen[player] then
    changed(player)
  end
end)

-- New settings may name another kind of identifier.
Bridge.on_ready(function()
  for _, mine in pairs(entries) do
    mine.upto = 0
  end
end)

-- Gives a player's server id as a whole number, when `value` is one (a number, or digits as GetPlayers() gives them) and the
-- player is on the server; else nil and a message.
function Identity.player(value)
  local player
  if type(value) == 'number' or type(value) == 'string' and value:find('^%d+$') then
    player = math.tointeger(tonumber(value))
  end
  if not player or player < 1 or player > 65535 then
    return nil, ('A player is a server id, a whole number from 1 to 65535; got %s.'):format(Identity.shown(value))
  end
  if not GetPlayerName(tostring(player)) then
    return nil, ('There is no player %d on this server.'):format(player)
  end
  return player
end

local function check_unit(id)
  if type(id) ~= 'string' then
    return ('A unit is a player\'s server id or a community user id; got a %s.'):format(Bridge.callable(id) and 'function' or type(id))
  elseif id == '' then
    return 'The unit id is empty.'
  end
  local message = Text.check(id, UNIT_BYTES)
  return message and ('The unit id %s.'):format(message)
end

-- Resolves a unit as scripts name it. Gives the player's server id; or nil and a community user id; or nil, nil and a
-- message. A number is a player, a text is a unit, and { unit = 'text' } is a unit even if the text is digits.
function Identity.named(value)
  if type(value) == 'number' then
    local player, message = Identity.player(value)
    return player, nil, message
  end
  local id = value
  if type(value) == 'table' and not Bridge.callable(value) then
    id = rawget(value, 'unit')
  elseif type(value) == 'string' and value:find('^%d+$') then
    local short = #value <= 40 and value or value:sub(1, 40)
    return nil, nil, ('The text \'%s\' may mean a player or a unit; write tonumber(id) for a player and '
      .. '{ unit = \'%s\' } for a unit.'):format(short, short)
  end
  local message = check_unit(id)
  if message then
    return nil, nil, message
  end
  return nil, id
end

-- Gives the unit id that a script means, as it is known now; or nil and a message.
function Identity.unit(value)
  local player, unit, message = Identity.named(value)
  if player then
    return Identity.of(player)
  end
  return unit, message
end

-- Formats a value for a message: short, in one line.
function Identity.shown(value)
  local text = tostring(value):gsub('[%c]', '?')
  if not utf8.len(text) then
    return type(value)
  end
  return #text > 40 and ('a text of %d bytes'):format(#text) or ("'%s'"):format(text)
end

Players.on_join(function(player)
  Identity.of(player) -- so that the id is known before they press
end)
