'use strict';

// clang-tidy over every source in build/dev/compile_commands.json, as many at a time as there are cores.
// A file that was clean is not looked at again until it, a header it includes, its command line, .clang-tidy or
// clang-tidy itself changes: the list of clean ones is kept in the user's cache folder. `--fresh` forgets it.

const { execFileSync, spawn } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const TIDY = 'clang-tidy-16';
// The commands are GCC's: what only GCC knows is no error.
const EXTRA = ['--extra-arg=-Wno-unknown-warning-option', '--quiet'];
// Findings inside somebody else's header that are none, and that neither .clang-tidy nor a NOLINT of ours can reach.
const FALSE_ONES = [
  // The analyzer loses count of Asio's stack of coroutine frames and believes that one resumes without its thread.
  /\/boost\/asio\/impl\/awaitable\.hpp:\d+:\d+: error: .*\[clang-analyzer-core\.CallAndMessage[,\]]/,
];
// A check whose dataflow analysis crashes clang-tidy 16 itself, and the sources in which it does.
const CRASHES = {
  check: 'bugprone-unchecked-optional-access',
  files: ['plugin/state/desired_states.cpp', 'plugin/state/positions.cpp'],
};
const root = path.join(__dirname, '../..');
const build = path.join(root, 'build/dev');
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'sonoran_bridge', 'tidy');

const contents = new Map();
/** The hash of a file's content; of a system header, whose content is its package's, name, size and time. */
function fileHash(file) {
  let hash = contents.get(file);
  if (hash === undefined) {
    if (file.startsWith(root)) {
      hash = crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex');
    } else {
      const { size, mtimeMs } = fs.statSync(file);
      hash = `${size} ${mtimeMs}`;
    }
    contents.set(file, hash);
  }
  return hash;
}

/** What each object was compiled from, as ninja noted it: {object: [files]}. */
function dependencies() {
  const found = {};
  let object = null;
  const text = execFileSync('ninja', ['-C', build, '-t', 'deps'], { encoding: 'utf8', maxBuffer: 1 << 30 });
  for (const line of text.split('\n')) {
    const head = /^(\S+): #deps \d+, .*\(VALID\)$/.exec(line);
    if (head) found[(object = head[1])] = [];
    else if (line.startsWith('    ') && object) found[object].push(path.resolve(build, line.trim()));
    else object = null;
  }
  return found;
}

/** Whether all that clang-tidy reports are findings known to be false. */
function isFalseAlarm(text) {
  const errors = text.split('\n').filter((line) => /: error: /.test(line));
  return errors.length > 0 && errors.every((line) => FALSE_ONES.some((known) => known.test(line)));
}

function run(command) {
  return new Promise((resolve) => {
    const without = CRASHES.files.includes(path.relative(root, command.file)) ? [`--checks=-${CRASHES.check}`] : [];
    const child = spawn(TIDY, [...EXTRA, ...without, '-p', build, command.file], { cwd: root });
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    let errors = '';
    child.stderr.on('data', (data) => (errors += data));
    child.on('error', (error) => resolve({ code: 1, text: error.message }));
    child.on('close', (code) => resolve({ code, text: text || (code === 0 ? '' : errors) }));
  });
}

async function main() {
  const fresh = process.argv.includes('--fresh');
  if (fresh) fs.rmSync(cache, { recursive: true, force: true });
  fs.mkdirSync(cache, { recursive: true });
  const base = `${execFileSync(TIDY, ['--version'], { encoding: 'utf8' })}${EXTRA}${FALSE_ONES}${JSON.stringify(CRASHES)}` +
    ['.clang-tidy', 'tests/.clang-tidy'].map((file) => fs.readFileSync(path.join(root, file), 'utf8')).join('');
  const deps = dependencies();
  const seen = new Set();
  const waiting = [];
  const commands = JSON.parse(fs.readFileSync(path.join(build, 'compile_commands.json'), 'utf8'));
  for (const command of commands) {
    // Third-party sources that are compiled here are not ours to judge.
    if (seen.has(command.file) || !/^(plugin|bridge|tests)\//.test(path.relative(root, command.file))) continue;
    seen.add(command.file);
    const key = crypto.createHash('sha256').update(base).update(command.command.replaceAll(root, ''));
    const files = deps[/ -o (\S+) /.exec(command.command)?.[1]];
    if (files) for (const file of files) key.update(`${file.replace(root, '')} ${fileHash(file)}\n`);
    const mark = path.join(cache, key.digest('hex'));
    // Without its list of headers a file is always looked at.
    if (!files || !fs.existsSync(mark)) waiting.push({ ...command, mark: files && mark, size: fs.statSync(command.file).size });
  }
  console.log(`test: ${TIDY} on ${waiting.length} sources (${seen.size - waiting.length} of ${seen.size} are known to be clean)`);
  waiting.sort((a, b) => b.size - a.size);
  let done = 0;
  let failed = 0;
  const total = waiting.length;
  const worker = async () => {
    for (let command = waiting.shift(); command; command = waiting.shift()) {
      const { code, text } = await run(command);
      done += 1;
      if (code === 0 || isFalseAlarm(text)) {
        if (command.mark) fs.writeFileSync(command.mark, '');
      } else {
        failed += 1;
        console.log(text.trimEnd());
      }
      if (done % 10 === 0) console.log(`test: ${TIDY} ${done}/${total}`);
    }
  };
  await Promise.all(Array.from({ length: os.cpus().length }, worker));
  console.log(failed === 0 ? `test: ${TIDY} found nothing` : `test: ${TIDY} found something in ${failed} sources`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
});
