-- Questions that are asked at the same time for a person at the console, with a time limit for all together. An inquiry
-- has a thread of its own, so the game does not wait.

Inquiry = {}

local LIMIT_MS = 8500   -- for all questions of one inquiry
local DEADLINE_MS = 7500 -- of a call to the CAD
local STEP_MS = 20
local NEWS_MS = 500 -- until a change of state has come: it comes with a tick, the expected wait at once

-- Why a call of `operation` would not leave in time, as a sentence; nil when it may. Call it in a thread.
local function late(operation)
  local ok, wait = Bridge.call('wait', operation)
  if ok and type(wait) == 'number' and wait * 1000 > DEADLINE_MS then
    local asked = GetGameTimer()
    while not State.trouble() and GetGameTimer() - asked < NEWS_MS do
      Wait(STEP_MS)
    end
    return State.trouble() or ('The budget of %s is spent; a request may leave in %.0f s.'):format(operation, wait)
  end
end

-- Runs `work(ask)` in a thread of its own and gives its result to `done`. `ask` has two functions, and both give a function
-- that waits for the answer: call(operation, arguments) asks the CAD within its budgets, inspect(verb, ...) the native
-- module. That function gives the answer; or nil and a sentence: why nothing was asked, or that no answer came.
function Inquiry.start(work, done)
  local began = GetGameTimer()
  local ask = {}
  local function waiting(take)
    local answer, message
    local ok
    ok, message = take(function(given)
      answer = given
    end)
    return function()
      while ok and not answer and GetGameTimer() - began < LIMIT_MS do
        Wait(STEP_MS)
      end
      return answer, not answer and (message or ('No answer came within %.1f s.'):format(LIMIT_MS / 1000)) or nil
    end
  end
  function ask.call(operation, arguments)
    return waiting(function(tell)
      if Bridge.state ~= 'ready' then
        return false, 'The bridge does not run.'
      end
      local reason = late(operation)
      if reason then
        return false, reason
      end
      local ok, message = Bridge.ask(operation, arguments and Bridge.JsonText.encode(arguments) or '{}', tell, DEADLINE_MS)
      return ok, not ok and message or nil
    end)
  end
  function ask.inspect(verb, ...)
    local given = table.pack(...)
    return waiting(function(tell)
      if Bridge.state ~= 'ready' then
        return false, 'The bridge does not run.'
      end
      return Bridge.inspect(tell, verb, table.unpack(given, 1, given.n))
    end)
  end
  CreateThread(function()
    local ok, result = pcall(work, ask)
    if not ok then
      Loop.failed('inquiry', result)
    end
    done(ok and result or nil, (GetGameTimer() - began) / 1000)
  end)
end
