-- Enforces the convar sonoran_bridge_allow: which resource may call what. For example
--   police: panic, status, createDispatchCall; mdt: queries, commands; *: queries
-- Entries are separated by semicolons. Each names a resource, or * for every resource, and after a colon what it may call:
-- operations of the CAD by name, and groups. A resource has the rights of its own entry and of *. Without a value every
-- resource may call everything. With a value, a resource without an entry may call only isReady, status, cancel and
-- getCommunityUserId.

Allow = {}

local NAME = 'sonoran_bridge_allow'
local RESOURCE = GetCurrentResourceName()
local CLASSES = { query = 'queries', command = 'commands', position = 'positions', heartbeat = 'commands' }
local DESIRED = { setUnitPanic = 'panic', setUnitStatus = 'status' }
local GROUPS = { all = true, queries = true, commands = true, panic = true, status = true, positions = true, players = true,
  events = true }

local group_of = {} -- by operation
for _, row in ipairs(json.decode(LoadResourceFile(RESOURCE, 'config/operations.json'))) do
  group_of[row.operationId] = DESIRED[row.operationId] or CLASSES[row.class]
end

local rules = nil -- by resource: the set of what it may call; nil: every resource may call everything

local function trim(text)
  return text:match('^%s*(.-)%s*$')
end

-- Parses the convar: gives the rules, or nil for an empty text, or false and a message.
local function parse(text)
  if trim(text) == '' then
    return nil
  end
  local read = {}
  for part in (text .. ';'):gmatch('([^;]*);') do
    local resource, list = part:match('^%s*([^:,%s]+)%s*:(.*)$')
    if resource then
      local allowed = read[resource] or {}
      read[resource] = allowed
      for item in (list .. ','):gmatch('([^,]*),') do
        item = trim(item)
        if not GROUPS[item] and not group_of[item] then
          return false, ("%s gives the resource %s '%s', but it takes operations of docs/operations.md, and the groups all, "
            .. 'queries, commands, panic, status, positions, players and events.'):format(NAME, resource, item)
        end
        allowed[item] = true
      end
    elseif trim(part) ~= '' then
      return false, ("%s has '%s', but an entry is a resource, a colon and what it may call, like  mdt: queries, "
        .. 'createDispatchCall ; entries are separated by semicolons.'):format(NAME, trim(part))
    end
  end
  return read
end

-- Reads the convar: true; or false and a message, and the rules stay as they are.
function Allow.read()
  local read, message = parse(GetConvar(NAME, ''))
  if read == false then
    return false, message
  end
  rules = read
  return true
end

-- With a wrong value nobody is allowed anything until the bridge has reported it.
if not Allow.read() then
  rules = {}
end

local function has(resource, what)
  local allowed = rules[resource]
  return allowed and (allowed.all or allowed[what]) or false
end

-- Gives a message when `resource` may not call `what`, a group or an operation; else nil.
function Allow.check(resource, what)
  local group = group_of[what]
  if not rules or resource == RESOURCE or has(resource, what) or has('*', what)
    or (group and (has(resource, group) or has('*', group))) then
    return nil
  end
  return ('The resource %s may not call %s: the convar %s does not give it %s.'):format(resource, what, NAME,
    group and ('that, nor the group ' .. group) or 'that group')
end
