'use strict';

// The walk for newcomers in docs/design.md stays true: each step names a file that is there, and a function that this file
// defines.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const ROOT = path.resolve(__dirname, '../..');
const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** The steps of each walk, by its heading: [{file, name}]. A step is "1. `file` `function`: what it does". */
function walksOf(page) {
  const walks = new Map();
  let section = null;
  for (const line of page.split('\n')) {
    const heading = /^(#+) (.*)$/.exec(line);
    if (heading) section = heading[2].startsWith('A walk: ') ? heading[2] : null;
    if (section === null || !/^\d+\. /.test(line)) continue;
    const step = /^\d+\. `([^`\s]+)` `([^`\s]+)`: \S/.exec(line);
    assert.ok(step, `This step is not "1. \`file\` \`function\`: what it does": ${line}`);
    if (!walks.has(section)) walks.set(section, []);
    walks.get(section).push({ file: step[1], name: step[2] });
  }
  return walks;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether `source`, of a file with this ending, defines the function: a call or a declaration of it is not enough. */
function defines(source, ending, name) {
  const word = escaped(name);
  const forms = {
    '.lua': [`^\\s*(?:local )?function ${word}\\(`, `^offer\\('${word}', function\\(`, `^\\s*(?:local )?${word} = function\\(`],
    '.js': [`^\\s*(?:async )?function ${word}\\(`, `^\\s*(?:async )?${word}\\([^;]*\\) \\{$`, `^\\s*(?:const )?${word}(?: =|:) (?:async )?\\(`],
    // At the beginning of a line, as our style has it; what ends in a semicolon is a declaration.
    '.cpp': [`^[A-Za-z][^;={(]*[ &*]${word}\\([^;{]*\\)[^;{()]*(?:\\n {4}[:,][^;]*)?\\{`],
    '.h': [`^ *[A-Za-z][^;={(\\n]*[ &*]${word}\\([^;{]*\\)[^;{()]*\\{`],
  }[ending];
  assert.ok(forms, `The walk does not know how a file that ends in ${ending} defines a function.`);
  return forms.some((form) => new RegExp(form, 'm').test(source));
}

test('each step of the walk names a function that its file defines', () => {
  const walks = walksOf(read('docs/design.md'));
  assert.equal(walks.size, 3, 'one walk of a panic, one of a batch of positions, one of an event');
  for (const [heading, steps] of walks) {
    assert.ok(steps.length >= 8, `${heading}: only ${steps.length} steps`);
    for (const { file, name } of steps) {
      assert.ok(fs.existsSync(path.join(ROOT, file)), `${heading}: there is no ${file}`);
      assert.ok(defines(read(file), path.extname(file), name), `${heading}: ${file} defines no ${name}; mend docs/design.md`);
    }
  }
});

test('a step without a function, a call and a declaration are told from a definition', () => {
  assert.throws(() => walksOf('### A walk: x\n1. `a.cpp`: does it\n'), /This step is not/);
  assert.throws(() => defines('', '.rs', 'f'), /does not know/);
  const cases = [
    ['.cpp', 'Inbox::clear', 'void Inbox::clear() {\n}\n', 'void f() {\n  inbox.clear();\n}\n'],
    ['.cpp', 'Mailbox::take', 'void Mailbox::take(Inbox& inbox) {\n}', 'void Mailbox::take(Inbox& inbox);\n'],
    ['.cpp', 'sb_x', 'sb_code sb_x(sb_bridge* b,\n             int on) {\n', '  return sb_x(b, on);\n}\nint f() {\n}\n'],
    ['.h', 'push', '  bool push(int a) { return f(a); }\n', '  bool push(int a);\n  void f() {}\n'],
    ['.lua', 'Bridge.want', 'function Bridge.want(verb)\n', '  Bridge.want(verb)\n'],
    ['.lua', 'setPanic', "offer('setPanic', function(unit)\n", "exports.sonoran_bridge:setPanic(1)\n"],
    ['.js', 'positions', '    positions(flat, texts) {\n', '    addon.positions(flat, texts);\n'],
    ['.js', 'panic', '    panic: (unit) => addon.panic(unit),\n', '    addon.panic(unit)\n'],
  ];
  for (const [ending, name, definition, other] of cases) {
    assert.ok(defines(definition, ending, name), `${name} in ${definition}`);
    assert.ok(!defines(other, ending, name), `${name} in ${other}`);
  }
});
