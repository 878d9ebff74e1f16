fx_version 'cerulean'
game 'gta5'

name 'sonoran_bridge_mono'
author 'the sonoran_bridge maintainers'
version '0.2.0'
license 'MIT'
description 'For servers where Node.js does not open the native file of sonoran_bridge: read docs/platforms.md there first'

server_script 'sonoran_bridge.net.dll'
