-- The console command `sonoran_bridge`.

local HELP = {
  'sonoran_bridge status   what the bridge does: state, budgets, counters',
  'sonoran_bridge units    which players are tracked, and as whom',
  'sonoran_bridge doctor   looks for what is wrong, and says what to do; also: doctor json, doctor report',
  'sonoran_bridge why      with a player or a unit: why they are not on the map',
  'sonoran_bridge debug    on or off: every line of the log, until it is off again',
  'sonoran_bridge support  writes a file for whoever helps, without the key and without names of players',
  'sonoran_bridge reload   read the convars again; a wrong one changes nothing',
  'sonoran_bridge trust    with a host or convar: what the bridge has asked you to confirm; only at the console',
  'sonoran_bridge help     this',
}

local ENDS = { unreachable = 'unreachable', turned_away = 'turned away', silent = 'silent', unreadable = 'unreadable',
  closed = 'closed by the CAD', dismissed = 'dismissed by the CAD', refused = 'refused' }
local REFUSALS = { too_fast = 'too fast', unit = 'for one unit', other = 'for another reason' }

-- '30 s', '12 min', '5.2 h'
local function duration(seconds)
  if seconds < 120 then
    return ('%.0f s'):format(seconds)
  elseif seconds < 7200 then
    return ('%.0f min'):format(seconds / 60)
  end
  return ('%.1f h'):format(seconds / 3600)
end

-- 'a 3, b 2': the members of a table of counts, largest first
local function listed(counts, words)
  local names = {}
  for name in pairs(counts) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    return counts[a] > counts[b] or counts[a] == counts[b] and a < b
  end)
  for i, name in ipairs(names) do
    names[i] = ('%s %d'):format(words and words[name] or name, counts[name])
  end
  return table.concat(names, ', ')
end

local function total(counts)
  local sum = 0
  for _, count in pairs(counts) do
    sum = sum + count
  end
  return sum
end

local ROUTES = { hub = 'by the live connection', http = 'by HTTP', none = 'nowhere for 3 s at most' }

-- Prints how positions travel while the live connection is used.
local function show_positions(by_hub)
  local refused = total(by_hub.refused)
  print(('  positions go %s: %.1f a second, %d taken, a call every %.0f ms, %d unanswered'):format(ROUTES[by_hub.route],
    by_hub.updates_per_s, by_hub.acknowledged, by_hub.interval_ms, by_hub.unanswered))
  if refused + by_hub.lost + by_hub.left_out > 0 then
    print(('    %d refused%s, %d lost, %s left out'):format(refused,
      refused > 0 and (' (%s)'):format(listed(by_hub.refused, REFUSALS)) or '', by_hub.lost,
      Bridge.counted(by_hub.left_out, 'unit', 'units')))
  end
end

-- Prints the state of the connection for the CAD's events, and which resources listen.
local function show_hub(hub, listeners)
  if not hub.enabled then
    print(('  events of the CAD: %s'):format(hub.reason))
  elseif hub.connected_s then
    print(('  events of the CAD: connected for %s, %s, round trip %.1f ms'):format(duration(hub.connected_s),
      Bridge.counted(hub.times_up - 1, 'reconnect', 'reconnects'), hub.round_trip_ms or 0))
  else
    print(('  ^3events of the CAD: not connected (%s)^7'):format(hub.state))
  end
  if next(hub.ends) then
    print(('    ended: %s; the last: %s'):format(listed(hub.ends, ENDS), hub.last_end))
  end
  local count = total(hub.events)
  if count + hub.dropped + hub.unreadable + hub.unknown > 0 then
    print(('    %s%s%s; %d dropped, %d unreadable, %d of an unknown kind'):format(Bridge.counted(count, 'event', 'events'),
      count > 0 and (' (%s)'):format(listed(hub.events)) or '',
      hub.last_event_s and (', the last %s ago'):format(duration(hub.last_event_s)) or '', hub.dropped, hub.unreadable,
      hub.unknown))
  end
  local names = {}
  for name in pairs(listeners) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local one = listeners[name]
    print(('    %s: %s, %d given, %d failed, %d dropped'):format(name, Bridge.counted(one.listeners, 'listener', 'listeners'),
      one.given, one.failed, one.dropped))
  end
end

local function show_status()
  local report = Bridge.status()
  if Bridge.state ~= 'ready' then
    print(('%s: %s'):format(report.state, report.reason or 'the native module is being loaded'))
    return
  end
  print(('sonoran_bridge %s, %s%s'):format(report.version, report.state,
    report.reason ~= '' and ': ' .. report.reason or ''))
  print(('  CAD %s, server %s, tracking %s'):format(Bridge.settings.sonoran_bridge_url,
    Bridge.settings.sonoran_serverId, Bridge.settings.sonoran_bridge_tracking))
  show_hub(report.hub, report.events)
  if report.hub.enabled then
    show_positions(report.hub.positions)
  end
  for name, loop in pairs(report.loops) do
    print(('  ^3%s went on after %s; the last: %s^7'):format(name, Bridge.counted(loop.errors, 'error', 'errors'), loop.last))
  end
  print(('  units %d known, %d to send'):format(report.units.known, report.units.moved))
  for _, name in ipairs({ 'position', 'heartbeat', 'panic', 'status', 'command', 'query' }) do
    local class = report.classes[name]
    local dropped = 0
    for _, count in pairs(class.dropped) do
      dropped = dropped + count
    end
    print(('  %-9s %d accepted, %d delivered, %d coalesced, %d repeats, %d dropped, %d pending'):format(name,
      class.accepted, class.delivered, class.coalesced, class.deduplicated, dropped, class.pending))
  end
  local names = {}
  for name in pairs(report.operations) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local operation = report.operations[name]
    if operation.queued > 0 then
      print(('  %-20s %d wait, the oldest for %s; the next may leave %s'):format(name, operation.queued,
        duration(operation.longest_wait_s),
        operation.expected_wait_s and ('in %.1f s'):format(operation.expected_wait_s) or 'when the CAD answers again'))
    end
    if operation.sent > 0 then
      print(('  %-20s %d sent, %d succeeded, at most %d of %d a minute, p99 %.1f ms'):format(name, operation.sent,
        operation.succeeded, operation.budget.max_in_60s, operation.budget.limit, operation.latency_ms.p99))
    end
  end
end

local function show_units()
  local units = Tracker.units()
  local players = {}
  for player in pairs(units) do
    players[#players + 1] = player
  end
  table.sort(players)
  print(Bridge.counted(#players, 'player tracked', 'players tracked'))
  for _, player in ipairs(players) do
    print(('  %5d  %s'):format(player, units[player]))
  end
end

local function reload()
  local ok, message = Bridge.open()
  if ok then
    print('sonoran_bridge: the convars were read again.')
  else
    print(('^1sonoran_bridge %s: %s^7'):format(Bridge.state == 'ready' and 'goes on as it was' or 'does not run', message))
  end
end

-- `source` is 0 at the console, and for a script's ExecuteCommand as well; for the latter the game names the resource.
local function trust(source, what)
  if source ~= 0 or GetInvokingResource() then
    print('^1sonoran_bridge trust is for a person at the server\'s console, not for a player or a script.^7')
  elseif not what then
    print('sonoran_bridge trust takes what the bridge has asked you to confirm: a host, or the name of a convar.')
  else
    local ok, message = Bridge.trust(what)
    if ok then
      reload()
    else
      print(('^1%s^7'):format(message))
    end
  end
end

local function say_all(lines)
  for _, line in ipairs(lines) do
    print(line)
  end
end

-- Prints why a command that takes time cannot begin.
local function began(ok, message)
  if not ok then
    print(('^1%s^7'):format(message))
  end
end

local function doctor(_, form)
  if form and form ~= 'json' and form ~= 'report' then
    print('sonoran_bridge doctor takes nothing, json or report.')
    return
  end
  began(Doctor.examine(function(checks, took_s)
    if form == 'json' then
      print(json.encode({ version = Bridge.version, took_s = took_s, checks = checks }))
      return
    elseif form == 'report' then
      say_all({ '```', 'sonoran_bridge, first run' })
      say_all(Doctor.first_run())
    end
    say_all(Doctor.lines(checks, took_s))
    if form == 'report' then
      print('```')
    end
  end))
end

local function why(_, whom)
  if not whom then
    print('sonoran_bridge why takes a player\'s server id, or a unit (community user id).')
    return
  end
  began(Why.examine(whom, say_all))
end

local function set_debug(_, word)
  if word ~= 'on' and word ~= 'off' then
    print('sonoran_bridge debug takes on or off.')
    return
  end
  Log.set_debug(word == 'on')
  if Bridge.state == 'ready' then
    began(Bridge.call('log_level', Log.level()))
  end
  print(('sonoran_bridge: debug is %s.'):format(word))
end

local actions = {
  doctor = doctor,
  why = why,
  debug = set_debug,
  support = function()
    began(Support.write(print))
  end,
  trust = trust,
  status = show_status,
  units = show_units,
  reload = reload,
  help = function()
    say_all(HELP)
  end,
}

RegisterCommand('sonoran_bridge', function(source, arguments)
  local action = actions[arguments[1] or 'status']
  if action then
    action(source, arguments[2])
  else
    print(('There is no command sonoran_bridge %s; there are status, units, doctor, why, debug, support, reload, trust and help.'):format(
      Identity.shown(arguments[1])))
  end
end, true)
