-- How the game server reads fxmanifest.lua: every unknown global is a function that adds metadata. A table adds one
-- entry for each of its values, under the name without a last 's'; what follows as a second argument is kept as JSON
-- under '<name>_extra'.

local add, encode, keep = ...

local setmetatable, tostring, type, ipairs = setmetatable, tostring, type, ipairs

local globals, kept = _G, {}
for _, name in ipairs(keep) do
  kept[name] = true
end
for name in next, globals do
  if not kept[name] then
    globals[name] = nil
  end
end

setmetatable(globals, {
  __index = function(_, name)
    return function(value)
      local key = name
      if type(value) == 'table' then
        if name:sub(-1) == 's' then
          key = name:sub(1, -2)
        end
        for _, one in ipairs(value) do
          add(key, tostring(one))
        end
      else
        add(key, tostring(value))
      end
      return function(extra)
        add(key .. '_extra', encode(extra))
      end
    end
  end,
})
