'use strict';

// Sets the time of linking in DLLs to 0. Zig's linker writes the clock there and takes no option against it, so that the
// same commit would give other bytes a second later. Windows reads it for nothing that is ours. link_time.js FILE...

const fs = require('node:fs');

for (const file of process.argv.slice(2)) {
  const bytes = fs.readFileSync(file);
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error(`${file} is no DLL.`);
  bytes.writeUInt32LE(0, header + 8);
  fs.writeFileSync(file, bytes);
}
