fx_version 'cerulean'
game 'gta5'
lua54 'yes'
node_version '22'

name 'sonoran_bridge'
author 'the sonoran_bridge maintainers'
version '0.2.0'
license 'MIT'
description 'The native link between a FiveM server and Sonoran CAD: positions, heartbeats, panic and status'

-- Node.js 22 came with this artifact.
dependencies {
  '/server:12913',
}

convar_category 'sonoran_bridge' {
  'Sonoran CAD',
  {
    { 'API key (use set, never setr or sets)', '$sonoran_apiKey', 'CV_PASSWORD', '' },
    { 'Server id in the CAD', '$sonoran_serverId', 'CV_INT', 1, 0, 2147483647 },
    { 'Community id in the CAD: its events come in', '$sonoran_communityID', 'CV_STRING', '' },
    { 'Connection for these', '$sonoran_bridge_live', 'CV_MULTI', { 'auto', 'off' } },
    { 'Whose position is sent', '$sonoran_bridge_tracking', 'CV_MULTI', { 'cad', 'marked', 'all' } },
    { 'Identifier that is the community user id', '$sonoran_bridge_identifier', 'CV_MULTI', {
      'license', 'license2', 'steam', 'discord', 'fivem', 'xbl', 'live', 'ip',
    } },
    { 'Keep the prefix of that identifier', '$sonoran_bridge_identifier_prefix', 'CV_BOOL', false },
    { 'Read positions every (ms)', '$sonoran_bridge_position_interval_ms', 'CV_INT', 1000, 250, 60000 },
    { 'Script runtime that opens the module', '$sonoran_bridge_host', 'CV_MULTI', { 'auto', 'node', 'mono' } },
    { 'Token of the status page (16 to 128 characters; use set)', '$sonoran_bridge_page_token', 'CV_PASSWORD', '' },
    { 'Log', '$sonoran_bridge_log_level', 'CV_MULTI', { 'info', 'error', 'warn', 'debug' } },
  },
}

server_scripts {
  'bridge/node/sonoran_bridge.js', -- first: the Lua files ask for its export
  'lua/server/log.lua',
  'lua/server/loop.lua',
  'lua/server/text.lua',
  'lua/server/shares.lua',
  'lua/server/door.lua',
  'lua/server/bridge.lua',
  'lua/server/allow.lua',
  'lua/server/players.lua',
  'lua/server/lookups.lua',
  'lua/server/identity.lua',
  'lua/server/logoff.lua', -- before duty.lua and tracker.lua: they forget who leaves
  'lua/server/duty.lua',
  'lua/server/reports.lua',
  'lua/server/locations.lua',
  'lua/server/tracker.lua',
  'lua/server/presses.lua',
  'lua/server/events.lua',
  'lua/server/state.lua',
  'lua/server/exports.lua',
  'lua/server/metrics.lua',
  'lua/server/page_guard.lua',
  'lua/server/page_data.lua',
  'lua/server/page.lua',
  'lua/server/inquiry.lua',
  'lua/server/doctor.lua',
  'lua/server/why.lua',
  'lua/server/support.lua',
  'lua/server/command.lua',
  'lua/server/main.lua',
}

client_script 'lua/client/reports.lua'
