-- The bridge's lines on the server's console. Every line has the same form: its level, what happened, in brackets whom it
-- concerns (the calling resource, the operation, the unit, the player, the CAD's traceId), and what to do. A line that
-- repeats is printed once a minute, with the number of its repeats. The newest lines are kept for the page and support.

Log = {}

local LEVELS = { error = 0, warn = 1, info = 2, debug = 3 } -- as sonoran_bridge_log_level names them
local WORDS = { [0] = 'error', 'warning', 'info', 'debug' }
local COLOURS = { [0] = '^1', '^3', '', '^5' }
local KEPT = 500        -- lines
local LINE_BYTES = 2048 -- of one; the rest is cut
local FOLD_MS = 60000   -- a line that repeats is printed at most this often
local FOLDED = 256      -- different lines that are watched for repeats; one more drops the oldest

local configured, debugging = LEVELS.info, false
local level = configured
local kept, newest = {}, 0 -- a ring: the n-th line ever is at (n - 1) % KEPT + 1
local repeats = {}         -- by line: {since, more = repeats since then that were not printed, level}
local watched = 0

local function cut(text)
  if #text <= LINE_BYTES then
    return text
  end
  local last = LINE_BYTES - 3
  while (text:byte(last + 1) or 0) & 0xC0 == 0x80 do -- not inside a character
    last = last - 1
  end
  return text:sub(1, last) .. '...'
end

-- Makes one line of a text from elsewhere. Only the level colours a line.
local function plain(text)
  return cut((text:gsub('[%c]+', ' '):gsub('%^(%d)', '%1')))
end

local function say(at, line)
  newest = newest + 1
  kept[(newest - 1) % KEPT + 1] = os.date('%Y-%m-%d %H:%M:%S ') .. line
  print(COLOURS[at] .. line .. (COLOURS[at] ~= '' and '^7' or ''))
end

-- Prints a line with the number of its repeats that were not printed.
local function say_repeats(line, one)
  say(one.level, ('%s (%d more in the last %d s)'):format(line, one.more, FOLD_MS // 1000))
end

local function forget_oldest()
  local oldest
  for line, one in pairs(repeats) do
    if not oldest or one.since < repeats[oldest].since then
      oldest = line
    end
  end
  local one = repeats[oldest]
  repeats[oldest], watched = nil, watched - 1
  if one.more > 0 then
    say_repeats(oldest, one)
  end
end

-- Prints a complete line at a level from 0 (error) to 3 (debug). The native module's lines come this way.
function Log.write(at, text)
  if at > level then
    return
  end
  local line = ('%s: %s'):format(WORDS[at], plain(text))
  local one = repeats[line]
  if one then
    one.more = one.more + 1
    return
  end
  if watched == FOLDED then
    forget_oldest()
  end
  repeats[line], watched = { since = GetGameTimer(), more = 0, level = at }, watched + 1
  say(at, line)
end

-- Whom a line concerns, as ' [...]'; '' where nobody is named.
local function whom(about)
  local parts = {}
  local function add(form, value)
    if value ~= nil and value ~= '' then
      parts[#parts + 1] = form:format(value)
    end
  end
  add('resource %s', about.resource)
  add('%s', about.operation)
  add("unit '%s'", about.unit)
  add('player %s', about.player)
  add('trace %s', about.trace)
  return #parts > 0 and (' [%s]'):format(table.concat(parts, ', ')) or ''
end

-- `what` is a sentence. `about`, if any: {resource =, operation =, unit =, player =, trace =, remedy = a sentence}.
local function line_of(what, about)
  if not about then
    return what
  end
  return what .. whom(about) .. (about.remedy and ' ' .. about.remedy or '')
end

for name, at in pairs({ error = 0, warning = 1, info = 2, debug = 3 }) do
  Log[name] = function(what, about)
    if at <= level then
      Log.write(at, line_of(what, about))
    end
  end
end

local function choose()
  level = debugging and LEVELS.debug or configured
end

-- Sets the level up to which lines are printed, as sonoran_bridge_log_level names it. An unknown name changes nothing.
function Log.set_level(name)
  configured = LEVELS[name] or configured
  choose()
end

-- On: every line is printed from now on. Off: the level decides again.
function Log.set_debug(on)
  debugging = on
  choose()
end

-- The level as the native module has it, 0 to 3.
function Log.level()
  return level
end

-- Whether lines of the level debug are printed. Callers ask before they make an expensive one.
function Log.debugs()
  return level >= LEVELS.debug
end

-- Prints the repeats of lines whose minute is over; of all lines when the bridge stops (`all`).
function Log.fold(all)
  local now = GetGameTimer()
  for line, one in pairs(repeats) do
    if all or now - one.since >= FOLD_MS then
      if one.more > 0 and not all then
        say_repeats(line, one)
        one.since, one.more = now, 0 -- it may repeat again
      else
        repeats[line], watched = nil, watched - 1
        if one.more > 0 then
          say_repeats(line, one)
        end
      end
    end
  end
end

-- The number of the newest line, counted from the start of the resource.
function Log.newest()
  return newest
end

-- The last `count` lines (all that are kept without it), oldest first, each with its time.
function Log.last(count)
  local lines = {}
  local first = math.max(newest - math.min(count or KEPT, KEPT), 0) + 1
  for n = first, newest do
    lines[#lines + 1] = kept[(n - 1) % KEPT + 1]
  end
  return lines
end
