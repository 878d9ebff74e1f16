-- Loops that survive an error in one turn. The game server would end a thread that raises an error, and report it once.

Loop = {}

local SAY_MS = 60000 -- interval between two lines about one loop's errors
local FALLBACK_MS = 1000 -- pause between turns where no valid one was given

local errors = {} -- by the loop's name: {errors, unsaid, said_at, last}

-- Counts an error of `name` and prints it, at most once in SAY_MS, with the number of errors since the last line.
function Loop.failed(name, message)
  local mine = errors[name] or { errors = 0, unsaid = 0 }
  errors[name] = mine
  mine.errors = mine.errors + 1
  mine.last = tostring(message):match('^[^\r\n]*')
  local now = GetGameTimer()
  if not mine.said_at or now - mine.said_at >= SAY_MS then
    Log.warning(('sonoran_bridge goes on after an error (%s%s): %s'):format(name,
      mine.unsaid > 0 and (', and %d more since the last line'):format(mine.unsaid) or '', mine.last))
    mine.said_at, mine.unsaid = now, 0
  else
    mine.unsaid = mine.unsaid + 1
  end
end

-- Gives the first result of `fn(...)`; nil when it raised an error, which is counted for `name`.
function Loop.guard(name, fn, ...)
  local ok, result = pcall(fn, ...)
  if ok then
    return result
  end
  Loop.failed(name, result)
end

-- Runs `fn` repeatedly in a thread of its own, as long as the resource runs. `ms` is the pause between two turns: a number, or
-- a function that gives one.
function Loop.every(name, ms, fn)
  CreateThread(function()
    while true do
      Loop.guard(name, fn)
      local pause = ms
      if type(ms) == 'function' then
        pause = Loop.guard(name, ms)
      end
      Wait(math.tointeger(pause) or FALLBACK_MS)
    end
  end)
end

-- By the name of the loop: the number of errors, and the first line of the last one. Loops without errors are left out.
function Loop.errors()
  local found = {}
  for name, mine in pairs(errors) do
    found[name] = { errors = mine.errors, last = mine.last }
  end
  return found
end
