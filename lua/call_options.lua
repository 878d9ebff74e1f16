-- Checks the options of a call, for the export `call` and for lua/cad.lua, which may keep a call before the bridge runs. Like
-- lua/json_text.lua, it returns its functions and sets no globals. Its argument is the table of lua/limits.lua.

local Limits = ...
local CallOptions = {}

local ATTACHMENT_BYTES = 8400000    -- base64 of the 6,000,000 bytes that the CAD accepts, with line breaks

-- Functions of other resources arrive as tables that can be called.
function CallOptions.callable(value)
  if type(value) == 'function' then
    return true
  end
  local meta = type(value) == 'table' and getmetatable(value)
  return type(meta) == 'table' and meta.__call ~= nil
end

-- The type of a value; 'function' also for a function of another resource.
function CallOptions.kind_of(value)
  return CallOptions.callable(value) and 'function' or type(value)
end

-- Gives a message when the options of a call are wrong, else nil.
function CallOptions.check(options)
  if options == nil then
    return nil
  elseif CallOptions.kind_of(options) ~= 'table' then
    return ('The options must be a table; got a %s.'):format(CallOptions.kind_of(options))
  end
  local deadline, attachment = options.deadline_ms, options.attachment
  local whole = type(deadline) == 'number' and math.tointeger(deadline)
  if deadline ~= nil and (not whole or whole < Limits.DEADLINE_MIN_MS or whole > Limits.DEADLINE_MAX_MS) then
    local shown = type(deadline) == 'number' and tostring(deadline) or 'a ' .. CallOptions.kind_of(deadline)
    return ('The deadline_ms must be a whole number of milliseconds from %d to %d; got %s.'):format(
      Limits.DEADLINE_MIN_MS, Limits.DEADLINE_MAX_MS, shown)
  elseif attachment ~= nil and type(attachment) ~= 'string' then
    return ('The attachment is a text: base64 of the bytes; got a %s.'):format(CallOptions.kind_of(attachment))
  elseif attachment and #attachment > ATTACHMENT_BYTES then
    return ('The attachment has %d bytes of base64; at most %d are taken.'):format(#attachment, ATTACHMENT_BYTES)
  end
end

return CallOptions
