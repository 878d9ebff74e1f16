'use strict';

// hardening.js FILE: reads from a shipped file (ELF or DLL) that it is hardened as cmake/toolchains/zig.cmake says.

const { execFileSync } = require('child_process');

const file = process.argv[2];
const run = (...words) => execFileSync(words[0], [...words.slice(1), file], { encoding: 'utf8', maxBuffer: 1 << 29 });
const missing = [];
const need = (holds, what) => { if (!holds) missing.push(what); };

const windows = /file format pei-x86-64/.test(run('objdump', '-f'));
const code = run('objdump', '-d', '--no-show-raw-insn');
const count = (word) => code.split(word).length - 1;

// Whoever jumps to a wrong place in it must meet such a mark: functions, and what is jumped to by a table.
need(count('endbr64') > 1000, `marked targets of jumps (${count('endbr64')} endbr64)`);
if (windows) {
  const header = run('objdump', '-p');
  for (const flag of ['HIGH_ENTROPY_VA', 'DYNAMIC_BASE', 'NX_COMPAT']) need(header.includes(flag), flag);
  // A frame's canary is compared before it returns; who finds it changed ends the process there.
  need(count('gs:0x28') + count('fs:0x28') + count('xor    %rsp') > 100 || header.includes('__stack_chk'), 'canaries on stacks');
} else {
  need(/UND\s+__stack_chk_fail\b/.test(run('readelf', '--wide', '--dyn-syms')), 'canaries on stacks (__stack_chk_fail)');
  need(/FLAGS.*BIND_NOW/.test(run('readelf', '--wide', '-d')), 'symbols bound at loading (BIND_NOW)');
  const segments = run('readelf', '--wide', '-l');
  need(/GNU_RELRO/.test(segments), 'tables read-only after loading (RELRO)');
  need(/GNU_STACK.* RW /.test(segments), 'a stack that is not executable');
}
if (missing.length > 0) {
  console.error(`${file} lacks ${missing.join('; ')}.`);
  process.exit(1);
}
console.log(`${file}: hardened`);
