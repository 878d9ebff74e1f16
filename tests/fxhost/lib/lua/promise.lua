-- promise: new(), promise:resolve(value), promise:reject(reason), promise:next(done, failed), all(list), first(list).
-- States as the game server's scripts know them: 0 pending, 3 resolved, 4 rejected.

local PENDING, RESOLVED, REJECTED = 0, 3, 4

local methods = {}
local meta = { __index = methods }
promise = {}

function promise.new(start)
  local self = setmetatable({ state = PENDING, waiting = {} }, meta)
  if type(start) == 'function' then
    local ok, reason = pcall(start, self)
    if not ok then
      self:reject(reason)
    end
  end
  return self
end

local function settle(self, state, value)
  if self.state ~= PENDING or self.adopted then
    return self
  end
  if state == RESOLVED and getmetatable(value) == meta then
    -- A promise given as the value: its outcome becomes ours.
    self.adopted = true
    value:next(function(v)
      self.adopted = nil
      settle(self, RESOLVED, v)
    end, function(reason)
      self.adopted = nil
      settle(self, REJECTED, reason)
    end)
    return self
  end
  self.state, self.value = state, value
  local waiting = self.waiting
  self.waiting = {}
  for _, call in ipairs(waiting) do
    call()
  end
  return self
end

function methods:resolve(value)
  return settle(self, RESOLVED, value)
end

function methods:reject(reason)
  return settle(self, REJECTED, reason)
end

function methods:next(done, failed)
  local following = promise.new()
  local function call()
    local handler = self.state == RESOLVED and done or self.state == REJECTED and failed
    if not handler then
      settle(following, self.state, self.value)
      return
    end
    local ok, value = pcall(handler, self.value)
    settle(following, ok and RESOLVED or REJECTED, value)
  end
  if self.state == PENDING then
    table.insert(self.waiting, call)
  else
    call()
  end
  return following
end

function promise.all(list)
  local whole, missing, values = promise.new(), #list, {}
  if missing == 0 then
    return whole:resolve(values)
  end
  for i, one in ipairs(list) do
    one:next(function(value)
      values[i] = value
      missing = missing - 1
      if missing == 0 then
        whole:resolve(values)
      end
    end, function(reason)
      whole:reject(reason)
    end)
  end
  return whole
end

function promise.first(list)
  local whole = promise.new()
  for _, one in ipairs(list) do
    one:next(function(value)
      whole:resolve(value)
    end, function(reason)
      whole:reject(reason)
    end)
  end
  return whole
end
