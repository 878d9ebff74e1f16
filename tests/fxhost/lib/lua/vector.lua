-- vector2, vector3, vector4: value types in the game server's Lua; here tables with the fields x, y, z, w whose type()
-- is 'vector2' and so on.

local FIELDS = { 'x', 'y', 'z', 'w' }
local metas, sizes = {}, {}

local function each(a, b, operation)
  local left, right = sizes[getmetatable(a)], sizes[getmetatable(b)]
  local size = left or right
  local result = {}
  for i = 1, size do
    local field = FIELDS[i]
    result[field] = operation(left and rawget(a, field) or a, right and rawget(b, field) or b)
  end
  return setmetatable(result, metas[size])
end

for size = 2, 4 do
  local meta = {}
  metas[size], sizes[meta] = meta, size
  function meta.__index(self, key)
    if type(key) == 'string' and #key > 1 and #key < 5 then
      local result = {}
      for i = 1, #key do
        result[FIELDS[i]] = rawget(self, key:sub(i, i)) or error("vector has no field '" .. key .. "'", 2)
      end
      return setmetatable(result, metas[#key])
    end
    return nil
  end
  function meta.__newindex()
    error('a vector cannot be changed', 2)
  end
  function meta.__len(self)
    local sum = 0
    for i = 1, size do
      sum = sum + rawget(self, FIELDS[i]) ^ 2
    end
    return math.sqrt(sum)
  end
  function meta.__eq(a, b)
    if getmetatable(a) ~= getmetatable(b) then
      return false
    end
    for i = 1, size do
      if rawget(a, FIELDS[i]) ~= rawget(b, FIELDS[i]) then
        return false
      end
    end
    return true
  end
  function meta.__tostring(self)
    local parts = {}
    for i = 1, size do
      parts[i] = ('%f'):format(rawget(self, FIELDS[i]))
    end
    return ('vector%d(%s)'):format(size, table.concat(parts, ', '))
  end
  function meta.__unm(self)
    return each(self, -1, function(a, b) return a * b end)
  end
  function meta.__add(a, b)
    return each(a, b, function(l, r) return l + r end)
  end
  function meta.__sub(a, b)
    return each(a, b, function(l, r) return l - r end)
  end
  function meta.__mul(a, b)
    return each(a, b, function(l, r) return l * r end)
  end
  function meta.__div(a, b)
    return each(a, b, function(l, r) return l / r end)
  end
end

local plain_type = type
local plain_getmetatable = debug.getmetatable
local names = { [metas[2]] = 'vector2', [metas[3]] = 'vector3', [metas[4]] = 'vector4' }
local meta3 = metas[3]

function vector2(x, y) return setmetatable({ x = x + 0.0, y = y + 0.0 }, metas[2]) end
function vector3(x, y, z) return setmetatable({ x = x + 0.0, y = y + 0.0, z = z + 0.0 }, meta3) end
function vector4(x, y, z, w)
  return setmetatable({ x = x + 0.0, y = y + 0.0, z = z + 0.0, w = w + 0.0 }, metas[4])
end
vec2, vec3, vec4 = vector2, vector3, vector4

function type(...)
  local kind = plain_type(...)
  if kind == 'table' then
    local meta = plain_getmetatable((...))
    return meta and names[meta] or kind
  end
  return kind
end

return metas
