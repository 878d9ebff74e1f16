-- Converts Lua values to JSON text and back, for the arguments and answers of calls. It is loaded by the resource itself and,
-- through lua/cad.lua, by resources of script authors. So it returns its functions and sets no globals.
--
-- It does not use the game's json.encode, which silently writes NaN as null, floats with at most 14 decimals, and lists with
-- holes in an undefined form. This file keeps every digit (of 64-bit integers and of floats) and reports what it cannot
-- write. For reading it uses the game's json.decode, which is native and keeps 64-bit integers; JavaScript's JSON.parse and
-- its msgpack do not.
--
-- Its argument is the table of lua/limits.lua.

local Limits = ...
local JsonText = {}

local DEPTH = Limits.ARGUMENTS_DEPTH
local BYTES = Limits.ARGUMENTS_SIZE -- checked before a long text is read or written

local type, next, rawlen, rawget, getmetatable = type, next, rawlen, rawget, getmetatable
local math_type, format, find, gsub, byte = math.type, string.format, string.find, string.gsub, string.byte

local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t' }
setmetatable(ESCAPES, { __index = function(self, char)
  self[char] = format('\\u%04x', byte(char))
  return self[char]
end })

-- An empty Lua table can be a list or an object; these mark which. `null` is JSON's null.
JsonText.null = setmetatable({}, { __jsontype = 'null', __tostring = function() return 'null' end })

function JsonText.object(fields)
  return setmetatable(fields or {}, { __jsontype = 'object' })
end

function JsonText.list(elements)
  return setmetatable(elements or {}, { __jsontype = 'array' })
end

local out, size -- the parts of the text that is being written, and how many they are
local bytes     -- a lower bound of its size
local trail     -- the names that lead to the value that is being written

local function fail(what)
  error({ what = what }, 0)
end

-- Counts the bytes while writing, so that too large arguments are refused early.
local function count_bytes(more)
  bytes = bytes + more
  if bytes > BYTES then
    trail = {}
    fail(('makes more than %d bytes of JSON'):format(BYTES))
  end
end

local function quoted(text)
  count_bytes(#text)
  return find(text, '[%c"\\]') and '"' .. gsub(text, '[%c"\\]', ESCAPES) .. '"' or '"' .. text .. '"'
end

local function number_text(number)
  if math_type(number) == 'integer' then
    return format('%d', number)
  elseif number ~= number then
    fail('is NaN, which is no number')
  elseif number == math.huge or number == -math.huge then
    fail('is infinite; a number must be finite')
  end
  local text = format('%.15g', number)
  return tonumber(text) == number and text or format('%.17g', number)
end

local write

local function write_list(list, count, depth)
  size = size + 1
  out[size] = '['
  for i = 1, count do
    if i > 1 then
      size = size + 1
      out[size] = ','
    end
    trail[depth] = i
    write(list[i], depth)
  end
  size = size + 1
  out[size] = ']'
end

local function write_object(object, depth)
  size = size + 1
  out[size] = '{'
  local first = true
  for name, value in next, object do
    if type(name) ~= 'string' then
      trail[depth] = nil
      fail(type(name) == 'number' and 'is neither a list without holes nor a table with names only'
        or ('has a field named by a %s; names are texts'):format(type(name)))
    end
    size = size + 1
    out[size] = first and quoted(name) .. ':' or ',' .. quoted(name) .. ':'
    first = false
    trail[depth] = name
    write(value, depth)
  end
  size = size + 1
  out[size] = '}'
end

local function write_table(value, depth)
  if depth > DEPTH then
    fail(('is nested deeper than %d tables, or contains itself'):format(DEPTH))
  end
  local meta = getmetatable(value)
  local kind = type(meta) == 'table' and rawget(meta, '__jsontype')
  if kind == 'null' then
    size = size + 1
    out[size] = 'null'
    return
  elseif type(meta) == 'table' and rawget(meta, '__call') then
    fail('is a function') -- of another resource
  end
  local count = rawlen(value)
  if count == 0 and next(value) == nil then
    size = size + 1
    out[size] = kind == 'object' and '{}' or '[]'
  elseif count > 0 then
    local names = 0
    for _ in next, value do
      names = names + 1
    end
    if names ~= count then
      trail[depth] = nil
      fail('is neither a list without holes nor a table with names only')
    end
    write_list(value, count, depth)
  else
    write_object(value, depth)
  end
  trail[depth] = nil
end

local VECTORS = { vector2 = { 'x', 'y' }, vector3 = { 'x', 'y', 'z' }, vector4 = { 'x', 'y', 'z', 'w' } }

function write(value, depth)
  local kind = type(value)
  count_bytes(1)
  if kind == 'table' then
    return write_table(value, depth + 1)
  end
  size = size + 1
  if kind == 'string' then
    out[size] = quoted(value)
  elseif kind == 'number' then
    out[size] = number_text(value)
  elseif kind == 'boolean' then
    out[size] = value and 'true' or 'false'
  elseif VECTORS[kind] then
    local parts = {}
    for i, name in ipairs(VECTORS[kind]) do
      parts[i] = format('"%s":%s', name, number_text(value[name]))
    end
    out[size] = '{' .. table.concat(parts, ',') .. '}'
  elseif kind == 'nil' then
    fail('is nil: a list has no holes')
  else
    fail(('is a %s'):format(kind))
  end
end

-- "updates[2].location"
local function place()
  local text = ''
  for i = 1, #trail do
    text = type(trail[i]) == 'number' and ('%s[%d]'):format(text, trail[i])
      or (text == '' and trail[i] or text .. '.' .. trail[i])
  end
  return #text <= 80 and text or text:sub(1, 80) .. '...'
end

local function invalid_text(value)
  for name, inner in next, value do
    if type(name) == 'string' and not utf8.len(name) then
      return 'The name of a field is not valid UTF-8.'
    elseif type(inner) == 'string' and not utf8.len(inner) then
      return ('The value of %s is not valid UTF-8.'):format(name)
    elseif type(inner) == 'table' then
      local message = invalid_text(inner)
      if message then
        return message
      end
    end
  end
end

-- Gives the arguments of a call as JSON text; or nil and a message. A text is JSON already; nil means no arguments. An empty
-- table is a list, as for the game's json.encode, unless object() marks it; the arguments themselves are always an object.
function JsonText.encode(value)
  if value == nil then
    return '{}'
  elseif type(value) == 'string' then
    if #value > BYTES then
      return nil, ('The arguments have %d bytes of JSON; at most %d are taken.'):format(#value, BYTES)
    elseif not utf8.len(value) then
      return nil, 'The arguments are not valid UTF-8.'
    end
    return value
  elseif type(value) ~= 'table' or (getmetatable(value) or {}).__call then
    return nil, ('The arguments must be a table, or JSON as a text; got a %s.'):format(
      type(value) == 'table' and 'function' or type(value))
  elseif next(value) == nil and (getmetatable(value) or {}).__jsontype ~= 'array' then
    return '{}'
  end
  out, size, bytes, trail = {}, 0, 0, {}
  local ok, message = pcall(write, value, 0)
  local text = ok and table.concat(out)
  out = nil
  if not ok then
    if type(message) ~= 'table' then
      return nil, tostring(message)
    end
    local where = place()
    return nil, where == '' and ('The table of arguments %s.'):format(message.what)
      or ('The argument %s %s.'):format(where, message.what)
  elseif #text > BYTES then
    return nil, ('The arguments have %d bytes of JSON; at most %d are taken.'):format(#text, BYTES)
  elseif not utf8.len(text) then
    return nil, invalid_text(value) or 'The arguments are not valid UTF-8.'
  end
  return text
end

-- Decodes an answer's body: gives the value of its JSON, the text itself when it is not JSON, or nil for an empty body and for
-- null. `is_json` comes from the native module (answer.json). It is false for JSON that nests deeper than 64, because the
-- game's decoder recurses, and no pcall catches a stack overflow.
function JsonText.decode(text, is_json)
  if text == nil or text == '' then
    return nil
  elseif not is_json then
    return text
  end
  local ok, value = pcall(json.decode, text)
  if ok and value ~= nil then
    return value
  end
  return text:match('^%s*null%s*$') == nil and text or nil
end

return JsonText
