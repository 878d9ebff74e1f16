'use strict';

// Records size and SHA-256 of native files, each in FILE.sum beside it: `<sha256> <bytes>`. The resource compares them
// before it opens the file. node tools/lib/native_sum.js FILE...

const crypto = require('node:crypto');
const fs = require('node:fs');

for (const file of process.argv.slice(2)) {
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(`${file}.sum`, `${crypto.createHash('sha256').update(bytes).digest('hex')} ${bytes.length}\n`);
}
