-- The share of each resource in what all use, so that no resource can use up all of it. A call takes a place in the share of
-- the resource that calls the export, until its answer. The reserve for emergency calls is kept by the module
-- (docs/limits.md), because it does not depend on the caller.

Shares = {}

local EMERGENCY = 'create911Call'
local CALLS = 128                 -- places for one operation: half of the bound of all
local BYTES = 16 * 1048576        -- of all calls of a resource: a quarter of the bound of all
local EMERGENCY_BYTES = 2 * 1048576 -- of emergency calls, which are counted separately: half of their reserve
local STATUSES = 4096             -- half of the units with a status on record

local resources = {} -- by name: {calls: number of waiting calls by operation, waiting: number of all, bytes, emergency_bytes,
                     -- panic and status: numbers of waiting presses, refused}

local function entry(resource)
  local mine = resources[resource]
  if not mine then
    mine = { calls = {}, waiting = 0, bytes = 0, emergency_bytes = 0, panic = 0, status = 0, refused = 0 }
    resources[resource] = mine
  end
  return mine
end

local function refuse(mine, message, ...)
  mine.refused = mine.refused + 1
  return nil, message:format(...)
end

-- Takes a place for a call of `bytes`; or gives nil and a message that names the share.
function Shares.call(resource, operation, bytes)
  local mine = entry(resource)
  local calls = mine.calls[operation] or 0
  local account, most = 'bytes', BYTES
  if operation == EMERGENCY then
    account, most = 'emergency_bytes', EMERGENCY_BYTES
  end
  if calls >= CALLS then
    return refuse(mine, '%d calls of %s by the resource %s wait already, which is its share; this one was not taken.',
      calls, operation, resource)
  elseif mine[account] + bytes > most then
    return refuse(mine, 'Calls of %d bytes by the resource %s wait already, and its share is %d MiB%s; this one of %d '
      .. 'bytes was not taken.', mine[account], resource, most // 1048576,
      operation == EMERGENCY and ' of emergency calls' or '', bytes)
  end
  mine.calls[operation] = calls + 1
  mine.waiting = mine.waiting + 1
  mine[account] = mine[account] + bytes
  return { mine = mine, operation = operation, account = account, bytes = bytes }
end

-- Takes a place for a panic, which always gets one, or a status; or gives nil and a message that names the share.
function Shares.press(resource, verb)
  local mine = entry(resource)
  if verb == 'status' and mine.status >= STATUSES then
    return refuse(mine, '%d statuses set by the resource %s wait already, which is its share; this one was not taken.',
      mine.status, resource)
  end
  mine[verb] = mine[verb] + 1
  return { mine = mine, verb = verb }
end

-- Gives a place back. A second call does nothing.
function Shares.leave(place)
  if not place or place.left then
    return
  end
  place.left = true
  local mine = place.mine
  if place.verb then
    mine[place.verb] = mine[place.verb] - 1
    return
  end
  local calls = mine.calls[place.operation] - 1
  mine.calls[place.operation] = calls > 0 and calls or nil
  mine.waiting = mine.waiting - 1
  mine[place.account] = mine[place.account] - place.bytes
end

-- By resource: what waits for an answer now, and how many calls were refused.
function Shares.counts()
  local counts = {}
  for name, mine in pairs(resources) do
    counts[name] = { calls = mine.waiting, bytes = mine.bytes + mine.emergency_bytes, panics = mine.panic,
      statuses = mine.status, refused = mine.refused }
  end
  return counts
end
