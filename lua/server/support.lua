-- `sonoran_bridge support`: writes one file into the resource's folder, for people who help: the doctor's findings, the
-- status, the settings, the last lines of the log, versions. It does not have the API key, nor any player's full
-- identifier or name.

Support = {}

local FILE = 'support.txt'
local RESOURCE = GetCurrentResourceName()
local SHOWN = 3          -- bytes of a name that stay
local SHORTEST = 5       -- a shorter text is no identifier
local KINDS = { 'license', 'license2', 'steam', 'discord', 'fivem', 'xbl', 'live', 'ip' }
local GONE = 2048        -- ids of players who have left that are remembered: the log may have them
local SECRETS = { 'sonoran_apiKey', 'sonoran_bridge_page_token' }

local SLICE = 16         -- players whose names are read in one tick
local NAMES = 128        -- names that are sorted in one tick
local FIELDS = 16        -- fields of the status that become text in one tick
local PIECE = 384        -- bytes that are masked in one tick, besides the rest of a line
local NONE = {}

local gone, gone_at = {}, 0 -- a ring

local function remember(name)
  if type(name) == 'string' and #name >= SHORTEST then
    gone_at = gone_at % GONE + 1
    gone[gone_at] = name
  end
end

-- Calls `fn` for each name of a player: identifiers with and without a prefix, the name in the game, the unit.
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

-- Gives a function that calls `fn`, and lets the game go on after every `most` calls. Call it in a thread.
local function in_slices(most, fn)
  local done = 0
  return function(...)
    fn(...)
    done = done + 1
    if done % most == 0 then
      Wait(0)
    end
  end
end

-- All names that the text may have, by their first SHORTEST bytes: {lengths = those that occur, the longest first, because one
-- name may be a part of another, [a length] = a set of the names}. Nothing in it is searched one name after the other: all
-- names of a server may begin alike. In a thread.
local function names()
  local seen, by_head = {}, {}
  local function add(name)
    if type(name) == 'string' and #name >= SHORTEST and utf8.len(name) and not seen[name] then
      seen[name] = true
      local head, length = name:sub(1, SHORTEST), #name
      local alike = by_head[head] or { lengths = {} }
      by_head[head] = alike
      if not alike[length] then
        alike[length] = {}
        local at = 1
        while alike.lengths[at] and alike.lengths[at] > length do
          at = at + 1
        end
        table.insert(alike.lengths, at, length)
      end
      alike[length][name] = true
    end
  end
  local players = {}
  for player in pairs(Players.present()) do
    players[#players + 1] = player
  end
  local read = in_slices(SLICE, function(player)
    if Players.is_present(player) then
      each_name(player, add)
    end
  end)
  for _, player in ipairs(players) do
    read(player)
  end
  Wait(0)
  local others = table.move(gone, 1, #gone, 1, {}) -- a copy: the game goes on while it is gone through
  local function note(name)
    others[#others + 1] = name
  end
  Identity.each(note)
  Duty.each_active(note)
  for _, unit in pairs(Tracker.units()) do
    note(unit)
  end
  Wait(0)
  local sort = in_slices(NAMES, add)
  for _, name in ipairs(others) do
    sort(name)
  end
  Wait(0)
  return by_head
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

-- The longest name that the text has at this place; nil: none.
local function name_at(text, at, by_head)
  local alike = by_head[text:sub(at, at + SHORTEST - 1)]
  for _, length in ipairs(alike and alike.lengths or NONE) do
    local part = text:sub(at, at + length - 1)
    if alike[length][part] then
      return part
    end
  end
end

-- Shortens every name in the text. Its time depends on the length of the text, not on the number of names.
local function shorten_names(text, by_head)
  local parts, kept, at = {}, 1, 1
  while at <= #text - SHORTEST + 1 do
    local name = name_at(text, at, by_head)
    if name then
      parts[#parts + 1] = text:sub(kept, at - 1)
      parts[#parts + 1] = short(name)
      kept = at + #name
      at = kept
    else
      at = at + 1
    end
  end
  parts[#parts + 1] = text:sub(kept)
  return table.concat(parts)
end

local function mask(text, by_head)
  for _, convar in ipairs(SECRETS) do
    local secret = GetConvar(convar, '')
    if secret ~= '' then
      text = replace(text, secret, '(secret)')
    end
  end
  text = shorten_names(text, by_head)
  for _, kind in ipairs(KINDS) do
    text = text:gsub('%f[%w]' .. kind .. ':([%w%.:]+)', function(rest)
      return kind .. ':' .. rest:sub(1, SHOWN) .. '...'
    end)
  end
  text = text:gsub("([Uu]nits? ')([^'\n]+)'", function(before, unit)
    return before .. (#unit >= SHORTEST and unit:sub(-3) ~= '...' and short(unit) or unit) .. "'"
  end)
  -- Account numbers, decimal and hexadecimal.
  return (text:gsub('%f[%w]%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x+%f[^%w]', short))
end

-- Masks secrets and names in the lines: the known names of players and units, and every text that looks like an
-- identifier or is quoted as a unit. Call it in a thread: it takes about PIECE bytes a tick.
function Support.masked(lines)
  local by_head, done, piece, bytes = names(), {}, {}, 0
  local function finish()
    done[#done + 1] = mask(table.concat(piece, '\n'), by_head)
    piece, bytes = {}, 0
    Wait(0)
  end
  for _, line in ipairs(lines) do
    piece[#piece + 1] = line
    bytes = bytes + #line
    if bytes >= PIECE then
      finish()
    end
  end
  if piece[1] then
    finish()
  end
  return table.concat(done, '\n')
end

-- The report, a field a line, and of a field that is a table a line for each of its own: so no line is long. In a thread.
local function status()
  local report, fields, lines = Bridge.status(), {}, {}
  Wait(0)
  for name, value in pairs(report) do
    if type(value) == 'table' and next(value) ~= nil then
      for inner, field in pairs(value) do
        fields[#fields + 1] = { ('"%s.%s"'):format(name, inner), field }
      end
    else
      fields[#fields + 1] = { ('"%s"'):format(name), value }
    end
  end
  Wait(0)
  local write = in_slices(FIELDS, function(field)
    lines[#lines + 1] = ('%s: %s'):format(field[1], json.encode(field[2]))
  end)
  for _, field in ipairs(fields) do
    write(field)
  end
  Wait(0)
  table.sort(lines)
  return lines
end

local function settings()
  local names_of, lines = {}, {}
  for name in pairs(Bridge.settings) do -- the secret ones are not in it
    names_of[#names_of + 1] = name
  end
  table.sort(names_of)
  for _, name in ipairs(names_of) do
    lines[#lines + 1] = ('%s "%s"'):format(name, Bridge.settings[name])
  end
  return lines
end

-- Writes the file: true, or false and a message. `done` gets a line with the result. Each part has a tick of its own.
function Support.write(done)
  return Doctor.examine(function(checks, took_s)
    local all = {}
    local function add(title, take, ...)
      Wait(0)
      local lines = take(...)
      all[#all + 1] = ('== %s =='):format(title)
      table.move(lines, 1, #lines, #all + 1, all)
      all[#all + 1] = ''
    end
    add('sonoran_bridge, ' .. os.date('!%Y-%m-%d %H:%M:%S UTC'), Doctor.first_run)
    add('doctor', Doctor.lines, checks, took_s)
    add('settings', settings)
    add('status', status)
    add('log, the oldest line first', Log.last)
    local text = Support.masked(all)
    Wait(0)
    local written = SaveResourceFile(RESOURCE, FILE, text, -1)
    if written then
      done(('sonoran_bridge: resources/%s/%s is written (%d bytes). Read it before you give it away.'):format(RESOURCE, FILE,
        #text))
    else
      done(('^1sonoran_bridge: the file %s could not be written into the folder of the resource.^7'):format(FILE))
    end
  end)
end
