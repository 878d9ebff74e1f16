-- `sonoran_bridge doctor`: one line per check, with a verdict and, unless it is ok, what to do. A check that did not run
-- says 'not checked' and why. Nothing here blocks the game thread, and all checks together take less than ten seconds.

Doctor = {}

local OK, WARNING, FAILED, NOT_CHECKED = 'ok', 'warning', 'failed', 'not checked'
local RESOURCE = GetCurrentResourceName()
local VENDOR = 'sonorancad'
local DAY_S = 86400
local CERTIFICATE_DAYS = 14  -- a certificate that ends sooner is a warning
local CLOCK_S = 30           -- a larger error of the clock is a warning
local CLOCK_MOST_S = 300     -- a larger one is a failure
local BUDGET_NEAR = 5        -- at most 1 / BUDGET_NEAR of a budget left is a warning
local PACED = { updateUnitLocations = true, getActiveUnits = true } -- the bridge spends these budgets evenly, to their end
local FRESH_MS = 200         -- the wait for a newer report of the module

-- Builds of the game server (docs/platforms.md): from, to, verdict, what is known of them, remedy.
local NEWER = 'Update the server artifact to 29000 or newer.'
local BUILDS = {
  { 0, 12912, FAILED, 'has no Node.js 22', NEWER },
  { 12913, 25999, WARNING, 'is one of the first with Node.js 22; some of them crash under load by themselves', NEWER },
  { 26000, 28500, WARNING, 'may crash when its sandbox refuses a script to read a file', NEWER },
  { 28501, 28999, OK, 'has no known crash; 29000 or newer is recommended' },
  { 29000, math.maxinteger, OK, 'has no known crash' },
}

local REMEDIES = {
  unauthorized = 'Copy the API key again from Admin > Advanced > API in Sonoran CAD, then type sonoran_bridge reload.',
  rate_limited = 'Another server spends the same key\'s budget: set sonoran_bridge_rate_share.',
  unavailable = 'See the lines about the connection.',
  timeout = 'See the lines about the connection, or ask again in a minute.',
}

local running = false

-- One check. `found` is a sentence.
local function check(name, verdict, found, remedy)
  return { name = name, verdict = verdict, found = found, remedy = remedy }
end

-- A part of a sentence with one full stop.
local function stopped(part)
  return (part:gsub('%.$', '')) .. '.'
end

-- A part of a sentence as one of its own.
local function sentence(part)
  return part:sub(1, 1):upper() .. stopped(part:sub(2))
end

local function text(value)
  return value ~= nil and tostring(value) or '?'
end

local function native_file(about)
  if Door.name then
    return check('native file', OK, ('%s opens in %s%s.'):format(text(about and about.file), Door.name,
      about and about.library and (', built for ' .. about.library) or ''))
  elseif Bridge.state == 'starting' then
    return check('native file', NOT_CHECKED, 'The bridge is still starting.')
  end
  return check('native file', FAILED, Bridge.reason, 'Unpack the whole package again, or do what the '
    .. 'sentence says; docs/platforms.md has more.')
end

local function versions(about)
  local packed = GetResourceMetadata(RESOURCE, 'version', 0)
  if not about or not about.version then
    return check('versions', NOT_CHECKED, ('The resource is %s; the native file did not open.'):format(text(packed)))
  end
  local found = ('Resource %s, native file %s, interface %s, %s.'):format(text(packed), about.version, text(about.abi),
    text(about.runtime))
  if packed ~= about.version or math.tointeger(about.abi) ~= Bridge.Limits.ABI_VERSION then
    return check('versions', FAILED, found .. ' They do not belong together.', 'Unpack the whole package again, and restart '
      .. 'the server.')
  end
  return check('versions', OK, found)
end

local function artifact()
  local version = GetConvar('version', '')
  local build = math.tointeger(tonumber(version:match('v%d+%.%d+%.%d+%.(%d+)')))
  if not build then
    return check('server artifact', NOT_CHECKED, ('The server names no build (its version is %s).'):format(
      Identity.shown(version)))
  end
  for _, row in ipairs(BUILDS) do
    if build >= row[1] and build <= row[2] then
      return check('server artifact', row[3], ('Build %d %s.'):format(build, row[4]), row[5])
    end
  end
end

local function onesync()
  if Tracker.has_onesync() then
    return check('OneSync', OK, 'The server knows where players are.')
  end
  return check('OneSync', FAILED, 'OneSync is off: the server does not know where players are, so no position is sent.',
    'Put set onesync on into server.cfg, or switch it on in txAdmin, and restart the server.')
end

local function convars()
  local checks = {}
  local message = Bridge.check_key()
  if message then
    checks[1] = check('API key', FAILED, stopped(message:match('^(.-); ')), sentence(message:match('; (.*)$')))
  else
    checks[1] = check('API key', OK, 'sonoran_apiKey is set, and readable.')
  end
  local id = GetConvar('sonoran_serverId', '')
  if Bridge.state == 'ready' then
    checks[2] = check('server id', OK, ('sonoran_serverId is %s%s.'):format(text(Bridge.settings.sonoran_serverId),
      id == '' and ', its default' or ''))
  elseif id ~= '' and not id:find('^%d+$') then
    checks[2] = check('server id', FAILED, ('sonoran_serverId is %s.'):format(Identity.shown(id)),
      'Set it to the number of this server in the CAD.')
  else
    checks[2] = check('server id', NOT_CHECKED, 'The bridge does not run, so nobody has read it.')
  end
  if GetConvar('sonoran_communityID', '') == '' then
    checks[3] = check('community id', WARNING, 'sonoran_communityID is not set; the CAD\'s hub cannot be used without it.',
      'Set it to the community\'s id of Admin > Advanced > API in Sonoran CAD.')
  else
    checks[3] = check('community id', OK, 'sonoran_communityID is set.')
  end
  return checks
end

local function name_resolution(look, message)
  local body = look and look.ok and look.body
  if not body then
    return check('name resolution', NOT_CHECKED, message or look.error.detail)
  elseif body.name == '' then
    return check('name resolution', OK, ('%s has an address; nothing is looked up.'):format(body.endpoint))
  elseif body.error ~= '' then
    local found, remedy = body.error:match('^(.-); (.*)$')
    return check('name resolution', FAILED, stopped(found or body.error), remedy and sentence(remedy))
  end
  local families = { IPv4 = {}, IPv6 = {} }
  for _, one in ipairs(body.addresses) do
    table.insert(families[one.family], one.address)
  end
  local function list(family)
    return family .. ' ' .. (families[family][1] and table.concat(families[family], ', ') or 'none')
  end
  return check('name resolution', OK, ('%s: %s; %s (%.0f ms).'):format(body.name, list('IPv4'), list('IPv6'), body.lookup_ms))
end

local function connections(look, message)
  local body = look and look.ok and look.body
  if not body then
    return { check('connection', NOT_CHECKED, message or look.error.detail) }
  elseif not body.addresses[1] then
    return { check('connection', NOT_CHECKED, 'There is no address to connect to.') }
  end
  local checks, works = {}, false
  for _, one in ipairs(body.addresses) do
    works = works or one.error == ''
  end
  for _, one in ipairs(body.addresses) do
    local name = 'connection ' .. one.address
    local left = one.certificate_left_s
    local certificate = left and (' Its certificate %s %s (%.0f days).'):format(left < 0 and 'ended on' or 'ends on',
      os.date('!%Y-%m-%d', os.time() + left // 1), left / DAY_S) or ''
    if one.error ~= '' then
      local found, remedy = one.error:match('^(.-); (.*)$')
      checks[#checks + 1] = check(name, works and WARNING or FAILED, stopped(found or one.error) .. certificate
        .. (works and ' Another address works, and is used.' or ''), remedy and sentence(remedy)
        or 'See what stands between this server and the CAD: a firewall, a gateway.')
    else
      local near = left and left < CERTIFICATE_DAYS * DAY_S
      checks[#checks + 1] = check(name, near and WARNING or OK, ('Connected in %.1f ms%s.%s'):format(one.connect_ms,
        one.handshake_ms and (', %s in %.1f ms'):format(one.tls, one.handshake_ms) or ', without TLS', certificate),
        near and 'Whoever runs that server has to renew its certificate.' or nil)
    end
  end
  if body.untried > 0 then
    checks[#checks + 1] = check('connection', NOT_CHECKED, ('%d further addresses were not tried.'):format(body.untried))
  end
  return checks
end

local function clock(report)
  local read = report and report.clock
  if type(read) ~= 'table' then
    return check('clock', NOT_CHECKED, 'No answer of the CAD\'s has told its time yet.')
  end
  local off = math.abs(read.ahead_s)
  local verdict = off > CLOCK_MOST_S and FAILED or off > CLOCK_S and WARNING or OK
  return check('clock', verdict, ('This machine\'s clock is %s the CAD\'s.'):format(off <= 2 and 'the same as'
    or ('%d s %s'):format(off, read.ahead_s > 0 and 'ahead of' or 'behind')), verdict ~= OK
    and 'Let the machine set its clock by the network (NTP).' or nil)
end

-- What a failed call says, as a check.
local function failed_call(name, answer, message)
  if not answer and message == State.trouble() then
    return check(name, FAILED, message, REMEDIES.unauthorized)
  elseif not answer then
    return check(name, NOT_CHECKED, message)
  end
  local trace = answer.error.traceId
  return check(name, FAILED, answer.error.detail .. (trace and trace ~= '' and (' [trace %s]'):format(trace) or ''),
    REMEDIES[answer.error.kind])
end

local function plan(answer, message)
  if not answer or not answer.ok then
    return failed_call('plan', answer, message)
  end
  local body = type(answer.body) == 'table' and answer.body or {}
  local level = tonumber(body.version)
  if not level then
    return check('plan', WARNING, 'The CAD\'s answer names no plan.', 'Look whether sonoran_bridge_url leads to Sonoran CAD.')
  elseif level < 1 then
    return check('plan', WARNING, ('The community has the plan %s, level %d of the API.'):format(text(body.name), level),
      'The CAD refuses what this plan lacks: compare it with what your scripts call.')
  end
  return check('plan', OK, ('The community has the plan %s, level %d of the API.'):format(text(body.name), level))
end

local function servers(answer, message)
  if not answer or not answer.ok then
    return failed_call('server in the CAD', answer, message)
  end
  local list = type(answer.body) == 'table' and (answer.body.servers or answer.body) or {}
  if list.id ~= nil then -- one server, as the CAD's own description has it
    list = { list }
  end
  local mine, names = tonumber(Bridge.settings.sonoran_serverId), {}
  for _, server in ipairs(list) do
    if tonumber(server.id) == mine then
      return check('server in the CAD', OK, ('Server %d is %s there.'):format(mine, Identity.shown(text(server.name))))
    end
    names[#names + 1] = text(server.id)
  end
  return check('server in the CAD', FAILED, ('The CAD has no server %s for this key; it has %s.'):format(text(mine),
    names[1] and table.concat(names, ', ') or 'none'), 'Set sonoran_serverId to the number that the CAD shows for this server.')
end

local function hub(report)
  local seen = report and report.hub
  if type(seen) ~= 'table' then
    return check('hub', NOT_CHECKED, report and 'This version does not use the CAD\'s hub.' or 'The bridge does not run.')
  elseif seen.enabled == false then
    return check('hub', NOT_CHECKED, ('The CAD\'s hub is not used: %s'):format(text(seen.reason)))
  elseif seen.state == 'up' then
    return check('hub', OK, 'The CAD has taken the key at its hub, and the connection is up.')
  elseif seen.last_end == nil or seen.last_end == '' then
    return check('hub', NOT_CHECKED, ('It is not connected yet (%s).'):format(text(seen.state)))
  end
  return check('hub', FAILED, ('The connection is %s; it ended last with: %s'):format(text(seen.state), text(seen.last_end)),
    'Positions go by HTTP meanwhile, every five seconds. Look at the key, sonoran_communityID and the lines about the '
    .. 'connection.')
end

local function budgets(report)
  if not report or not report.operations then
    return check('budgets', NOT_CHECKED, 'The bridge does not run.')
  end
  local near, limited = {}, {}
  for name, operation in pairs(report.operations) do
    local budget = operation.budget
    if not PACED[name] and budget.left * BUDGET_NEAR <= budget.limit then
      near[#near + 1] = ('%s has %d of %d left'):format(name, budget.left, budget.limit)
    end
    if operation.rate_limited > 0 then
      limited[#limited + 1] = ('%s was refused %s (429)'):format(name, Bridge.counted(operation.rate_limited, 'time', 'times'))
    end
  end
  table.sort(near)
  table.sort(limited)
  if limited[1] then
    return check('budgets', WARNING, ('%s.'):format(table.concat(limited, '; ')), REMEDIES.rate_limited)
  elseif near[1] then
    return check('budgets', WARNING, ('%s in this minute.'):format(table.concat(near, '; ')),
      'Call less often; resources in status() names who calls.')
  end
  return check('budgets', OK, 'None is near its end.')
end

local function vendor()
  local state = GetResourceState(VENDOR)
  if state ~= 'started' and state ~= 'starting' then
    return check('resource ' .. VENDOR, OK, ('It does not run (%s); players are known by their identifier, or by scripts.')
      :format(state))
  end
  local counts = Lookups.counts()
  if counts.abandoned > 0 and counts.found + counts.missing == 0 then
    return check('resource ' .. VENDOR, WARNING, ('It runs beside this one and has not answered %s about players.'):format(
      Bridge.counted(counts.abandoned, 'question', 'questions')), 'Look for its errors; until it answers, players are known by '
      .. 'their identifier.')
  end
  return check('resource ' .. VENDOR, OK, 'It runs beside this one, with the budgets of the same key; players whom it linked '
    .. 'are known here.')
end

-- The module's report, not older than this moment.
local function fresh_report()
  if Bridge.state ~= 'ready' then
    return nil
  end
  Bridge.call('stats') -- asks for a newer one
  Wait(FRESH_MS)
  return Bridge.status()
end

-- Each part has a tick of its own, so that no tick pays for two.
local function examine(ask)
  local look = ask.inspect('diagnose')
  Wait(0)
  local version = ask.call('getVersion')
  Wait(0)
  local list = ask.call('getServers')
  Wait(0)
  local about = Door.about()
  Wait(0)
  local checks = { native_file(about), versions(about), artifact(), onesync() }
  local function add(more)
    table.move(more, 1, #more, #checks + 1, checks)
  end
  add(convars())
  local found, message = look()
  local plan_answer, plan_message = version()
  local servers_answer, servers_message = list()
  Wait(0)
  local report = fresh_report()
  Wait(0)
  add({ name_resolution(found, message) })
  add(connections(found, message))
  add({ clock(report), plan(plan_answer, plan_message), servers(servers_answer, servers_message), hub(report),
    budgets(report), vendor() })
  Wait(0)
  return checks
end

-- Starts the checks. Calls `done` with their list, each {name, verdict, found, remedy}, and the seconds that they took. Returns
-- true, or false and a message while an earlier examination runs.
function Doctor.examine(done)
  if running then
    return false, 'The doctor is already examining; wait for its lines.'
  end
  running = true
  Inquiry.start(examine, function(checks, took_s)
    running = false
    done(checks or { check('doctor', FAILED, 'The examination ended with an error; the line above names it.') }, took_s)
  end)
  return true
end

-- A check as one line: verdict, name, what was found, what to do.
local function line_of(one)
  return ('  %-11s  %s: %s%s'):format(one.verdict, one.name, one.found, one.remedy and ' ' .. one.remedy or '')
end

-- The checks as lines. The first line counts the verdicts.
function Doctor.lines(checks, took_s)
  local counts = { [OK] = 0, [WARNING] = 0, [FAILED] = 0, [NOT_CHECKED] = 0 }
  for _, one in ipairs(checks) do
    counts[one.verdict] = counts[one.verdict] + 1
  end
  local lines = { ('sonoran_bridge doctor: %d ok, %s, %d failed, %d not checked (%.1f s)'):format(counts[OK],
    Bridge.counted(counts[WARNING], 'warning', 'warnings'), counts[FAILED], counts[NOT_CHECKED], took_s) }
  for _, one in ipairs(checks) do
    lines[#lines + 1] = line_of(one)
  end
  return lines
end

-- What the maintainers want to know about a first run, as lines: door, server build, C library, and the result of opening the
-- native file.
function Doctor.first_run()
  local about = Door.about() or {}
  return {
    ('resource    %s, folder %s'):format(text(GetResourceMetadata(RESOURCE, 'version', 0)), RESOURCE),
    ('server      %s'):format(GetConvar('version', '')),
    ('door        %s (sonoran_bridge_host %s)'):format(Door.name or 'none opened', GetConvar('sonoran_bridge_host', 'auto')),
    ('runtime     %s, %s'):format(text(about.runtime), text(about.platform)),
    ('native file %s, version %s, interface %s, %s bytes, packed as SHA-256 %s'):format(text(about.file), text(about.version),
      text(about.abi), text(math.tointeger(about.bytes) or about.bytes), text(about.sha256)),
    ('C library   %s'):format(text(about.library)),
    ('opening     %s'):format(Door.name and 'it opened' or text(Bridge.reason)),
    ('state       %s%s'):format(Bridge.state, Bridge.reason and ': ' .. Bridge.reason or ''),
  }
end
