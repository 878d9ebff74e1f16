-- Which community user a player is: what a script said; else what the vendor's resource knows; else an identifier.

Identity = {}

local FOUND_MS = 60000 -- how long an id is believed before it is asked for again
local MISSING_MS = 5000
local UNIT_BYTES = 128 -- as in sonoran_bridge.h
local YES = { ['true'] = true, ['1'] = true, yes = true, on = true } -- as settings.cpp reads a boolean

local chosen = {} -- by player: what a script set
local cache = {}  -- by player: {id or false, until}

local function from_sonorancad(player)
  if GetResourceState('sonorancad') ~= 'started' then
    return nil
  end
  local ok, id = pcall(function()
    return exports.sonorancad:getPlayerCommunityUserId(player)
  end)
  if ok and type(id) == 'string' and id ~= '' and #id <= UNIT_BYTES and utf8.len(id) then
    return id
  end
end

local function identifier_kind()
  return Bridge.setting('sonoran_bridge_identifier', 'license')
end

local function from_identifier(player)
  local kind = identifier_kind()
  local identifier = GetPlayerIdentifierByType(tostring(player), kind)
  if not identifier or identifier == '' then
    return nil
  end
  if YES[Bridge.setting('sonoran_bridge_identifier_prefix', 'false')] then
    return identifier
  end
  return identifier:sub(#kind + 2)
end

-- The community user id of a connected player, or nil and a sentence.
function Identity.of(player)
  if chosen[player] then
    return chosen[player]
  end
  local now = GetGameTimer()
  local known = cache[player]
  if not known or now >= known[2] then
    local id = from_sonorancad(player) or from_identifier(player)
    known = { id or false, now + (id and FOUND_MS or MISSING_MS) }
    cache[player] = known
  end
  if known[1] then
    return known[1]
  end
  return nil, ('Player %d has no %s identifier; name the unit with setCommunityUserId(%d, id), or choose another '
    .. 'sonoran_bridge_identifier.'):format(player, identifier_kind(), player)
end

function Identity.set(player, id)
  chosen[player] = id
  cache[player] = nil
end

function Identity.forget(player)
  chosen[player], cache[player] = nil, nil
end

-- Other settings may name other identifiers.
Bridge.on_ready(function()
  cache = {}
end)

-- A player's server id as a whole number, when `value` is one and that player is there; else nil and a sentence.
function Identity.player(value)
  local player = math.tointeger(tonumber(value))
  if not player or player < 1 or player > 65535 then
    return nil, ('A player is a server id, a whole number from 1 to 65535; got %s.'):format(Identity.shown(value))
  end
  if not GetPlayerName(tostring(player)) then
    return nil, ('There is no player %d on this server.'):format(player)
  end
  return player
end

-- The unit that a script means: a player's server id (a number, or the digits of a connected player's), or a community
-- user id. Nil and a sentence when it is neither.
function Identity.unit(value)
  if type(value) == 'number' then
    local player, why = Identity.player(value)
    if not player then
      return nil, why
    end
    return Identity.of(player)
  elseif type(value) ~= 'string' then
    return nil, ('A unit is a player\'s server id or a community user id; got %s.'):format(type(value))
  elseif value:match('^%d%d?%d?%d?%d?$') and GetPlayerName(value) then
    return Identity.of(math.tointeger(tonumber(value)))
  elseif not utf8.len(value) then
    return nil, 'The unit id is not valid UTF-8.'
  elseif value == '' then
    return nil, 'The unit id is empty.'
  end
  return value
end

-- A value for a message: short, in one line.
function Identity.shown(value)
  local text = tostring(value):gsub('[%c]', '?')
  if not utf8.len(text) then
    return type(value)
  end
  return #text > 40 and ('a text of %d bytes'):format(#text) or ("'%s'"):format(text)
end
