'use strict';

// The annotations of lua/types agree (annotations.js), and the check would say so if they did not.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { spawnSync } = require('node:child_process');

const ROOT = path.resolve(__dirname, '../..');
const EXPORTS = 'lua/server/exports.lua';
const TYPES = 'lua/types/sonoran_bridge.lua';
const OPERATIONS = 'lua/types/operations.lua';
const TYPESCRIPT = 'lua/types/sonoran_bridge.d.ts';
const CAD = 'lua/cad.lua';
const MODULE = 'bridge/lua/sonoran_bridge.d.lua';

/** What the check says of the tree, after one text was put in place of another in one file. */
function check(t, file, from, to) {
  let folder = ROOT;
  if (file) {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sonoran-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    for (const one of [EXPORTS, TYPES, OPERATIONS, TYPESCRIPT, CAD, MODULE, 'config/operations.json']) {
      fs.mkdirSync(path.join(folder, path.dirname(one)), { recursive: true });
      fs.copyFileSync(path.join(ROOT, one), path.join(folder, one));
    }
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    assert.ok(text.includes(from), `${file} has no '${from}' any more`);
    fs.writeFileSync(path.join(folder, file), text.replace(from, to));
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'annotations.js'), folder], {
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

test('the annotations of the tree agree', (t) => {
  const { status, text } = check(t);
  assert.equal(status, 0, text);
});

for (const { what, file, from, to, says } of [
  {
    what: 'a class that is defined twice',
    file: OPERATIONS,
    from: '---@meta',
    to: '---@meta\n---@class sonoran.CallOptions',
    says: /sonoran\.CallOptions is defined a second time/,
  },
  {
    what: 'a class that is nowhere',
    file: TYPES,
    from: '---@field error? sonoran.Error',
    to: '---@field error? sonoran.Eror',
    says: /sonoran\.Eror is named and nowhere defined/,
  },
  {
    what: 'a class that is nowhere, inside a function',
    file: TYPES,
    from: 'fun(answer: sonoran.Answer)',
    to: 'fun(answer: sonoran.Anser)',
    says: /sonoran\.Anser is named and nowhere defined/,
  },
  {
    what: 'a type that is none',
    file: TYPES,
    from: '---@return string? message',
    to: '---@return fun(message',
    says: /is missing/,
  },
  {
    what: 'a parameter under another name',
    file: TYPES,
    from: '---@param status ',
    to: '---@param state ',
    says: /exports:setStatus takes \(unit, status, callback\) and is annotated with \(unit, state, callback\)/,
  },
  {
    what: 'a parameter without annotation',
    file: TYPES,
    from: '---@param on boolean\n',
    to: '',
    says: /exports:setPanic takes \(unit, on, callback\)/,
  },
  {
    what: 'an export without annotation',
    file: EXPORTS,
    from: "offer('removeUnit'",
    to: "offer('dropUnit'",
    says: /the export dropUnit has no annotation/,
  },
  {
    what: 'an annotation without export',
    file: EXPORTS,
    from: "offer('removeUnit'",
    to: "offer('dropUnit'",
    says: /removeUnit is annotated and is no export/,
  },
  {
    what: 'an export with an argument more',
    file: EXPORTS,
    from: "offer('removeUnit', function(unit)",
    to: "offer('removeUnit', function(unit, now)",
    says: /removeUnit takes 2 arguments and is annotated with \(unit\)/,
  },
  {
    what: 'a comment with other names',
    file: EXPORTS,
    from: '-- setStatus(unit, status[, callback])',
    to: '-- setStatus(unit, value[, callback])',
    says: /the comment of setStatus names \(unit, value, callback\)/,
  },
  {
    what: 'a tag that is not known',
    file: TYPES,
    from: '---@param status ',
    to: '---@parm status ',
    says: /@parm is not known/,
  },
  {
    what: 'an export that TypeScript has not',
    file: TYPESCRIPT,
    from: '  removeUnit(',
    to: '  dropUnit(',
    says: /SonoranBridge has no removeUnit[\s\S]*has dropUnit, which is no export/,
  },
  {
    what: 'an export with other arguments in TypeScript',
    file: TYPESCRIPT,
    from: 'setOnDuty(player: number, on: boolean)',
    to: 'setOnDuty(player: number)',
    says: /setOnDuty takes \(player\) here and \(player, on\) in Lua/,
  },
  {
    what: 'a member of CAD without annotation',
    file: CAD,
    from: 'function CAD.cancel(',
    to: 'function CAD.abort(',
    says: /CAD\.cancel is annotated and does not exist[\s\S]*CAD\.abort has no annotation/,
  },
  {
    what: 'a parameter of the Lua module without annotation',
    file: MODULE,
    from: '---@param player_count integer\n',
    to: '',
    says: /bridge:heartbeat takes \(player_count\) and is annotated with \(\)/,
  },
]) {
  test(`${what} is said`, (t) => {
    const { status, text } = check(t, file, from, to);
    assert.equal(status, 1, text);
    assert.match(text, says);
  });
}
