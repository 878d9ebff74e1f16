-- `sonoran_bridge support`: one file in the resource's folder for whoever helps: the doctor's findings, the status, the
-- settings, the last lines of the log, versions. The API key is not in it, nor any player's identifier or name in full.

Support = {}

local FILE = 'support.txt'
local RESOURCE = GetCurrentResourceName()
local SHOWN = 3          -- bytes of a name that stay
local SHORTEST = 5       -- what is shorter is no identifier
local KINDS = { 'license', 'license2', 'steam', 'discord', 'fivem', 'xbl', 'live', 'ip' }
local GONE = 2048        -- ids of players who have left that are remembered: the log may have them
local SECRETS = { 'sonoran_apiKey', 'sonoran_bridge_page_token' }

local gone, gone_at = {}, 0 -- a ring

local function remember(name)
  if type(name) == 'string' and #name >= SHORTEST then
    gone_at = gone_at % GONE + 1
    gone[gone_at] = name
  end
end

-- Each name of a player: their identifiers with and without a prefix, what they are called, their unit.
local function each_name(player, fn)
  local id = tostring(player)
  for _, kind in ipairs(KINDS) do
    local identifier = GetPlayerIdentifierByType(id, kind)
    if identifier and identifier ~= '' then
      fn(identifier)
      fn(identifier:sub(#kind + 2))
    end
  end
  fn(GetPlayerName(id))
  fn((Identity.of(player)))
end

Players.on_leave(function(player)
  each_name(player, remember)
end)

local function short(name)
  return name:sub(1, utf8.offset(name, SHOWN + 1) and utf8.offset(name, SHOWN + 1) - 1 or SHOWN) .. '...'
end

-- All names that the text may have, the longest first: one may be a part of another.
local function names()
  local seen, list = {}, {}
  local function add(name)
    if type(name) == 'string' and #name >= SHORTEST and utf8.len(name) and not seen[name] then
      seen[name] = true
      list[#list + 1] = name
    end
  end
  for player in pairs(Players.present()) do
    each_name(player, add)
  end
  Identity.each(add)
  Duty.each_active(add)
  for _, unit in pairs(Tracker.units()) do
    add(unit)
  end
  for _, name in ipairs(gone) do
    add(name)
  end
  table.sort(list, function(a, b)
    return #a > #b
  end)
  return list
end

local function replace(text, from, to)
  local parts, at = {}, 1
  while true do
    local first, last = text:find(from, at, true)
    if not first then
      break
    end
    parts[#parts + 1] = text:sub(at, first - 1)
    parts[#parts + 1] = to
    at = last + 1
  end
  parts[#parts + 1] = text:sub(at)
  return table.concat(parts)
end

-- The text without secrets and without anybody's name in full: what is known of players and units, and whatever looks like
-- an identifier or is quoted as a unit.
function Support.masked(text)
  for _, convar in ipairs(SECRETS) do
    local secret = GetConvar(convar, '')
    if secret ~= '' then
      text = replace(text, secret, '(secret)')
    end
  end
  for _, name in ipairs(names()) do
    text = replace(text, name, short(name))
  end
  for _, kind in ipairs(KINDS) do
    text = text:gsub('%f[%w]' .. kind .. ':([%w%.:]+)', function(rest)
      return kind .. ':' .. rest:sub(1, SHOWN) .. '...'
    end)
  end
  text = text:gsub("([Uu]nits? ')([^'\n]+)'", function(before, unit)
    return before .. (#unit >= SHORTEST and unit:sub(-3) ~= '...' and short(unit) or unit) .. "'"
  end)
  -- Numbers of accounts, and hexadecimal ones.
  return (text:gsub('%f[%w]%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x+%f[^%w]', short))
end

local function settings()
  local names_of, lines = {}, {}
  for name in pairs(Bridge.settings) do -- without those that are secret
    names_of[#names_of + 1] = name
  end
  table.sort(names_of)
  for _, name in ipairs(names_of) do
    lines[#lines + 1] = ('%s "%s"'):format(name, Bridge.settings[name])
  end
  return lines
end

-- Writes the file: true, or false and a message. `done` is told how it went, as a line.
function Support.write(done)
  return Doctor.examine(function(checks, took_s)
    local parts = {}
    local function add(title, lines)
      parts[#parts + 1] = ('== %s ==\n%s\n'):format(title, table.concat(lines, '\n'))
    end
    add('sonoran_bridge, ' .. os.date('!%Y-%m-%d %H:%M:%S UTC'), Doctor.first_run())
    add('doctor', Doctor.lines(checks, took_s))
    add('settings', settings())
    add('status', { json.encode(Bridge.status()) })
    add('log, the oldest line first', Log.last())
    local text = Support.masked(table.concat(parts, '\n'))
    if SaveResourceFile(RESOURCE, FILE, text, -1) then
      done(('sonoran_bridge: resources/%s/%s is written (%d bytes). Read it before you give it away.'):format(RESOURCE, FILE,
        #text))
    else
      done(('^1sonoran_bridge: the file %s could not be written into the folder of the resource.^7'):format(FILE))
    end
  end)
end
