'use strict';

// Every operation of the CAD, called from Lua by its name, against the golden rows (tests/golden), which were written from
// the CAD's published description: method, target, headers and body as they arrive at the CAD; and the answer as it comes
// to the callback and to await.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test, describe } = require('node:test');
const { serverOf } = require('./server');

const ROOT = path.resolve(__dirname, '../../..');
const RECORDING = Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.alloc(3000, 0xfe)]);

/** JSON with every digit: an integer that JavaScript cannot hold becomes 'integer <digits>'. */
const parse = (text) =>
  JSON.parse(text, (_, value, context) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? `integer ${context.source}` : value);

/** The rows, with their arguments as text as well, for Lua. */
function goldenRows() {
  const lines = fs.readFileSync(path.join(ROOT, 'tests/golden/operations.json'), 'utf8').split('\n');
  return lines.filter((line) => line.includes('"operation"')).map((line) => {
    const text = line.trim().replace(/,$/, '');
    const from = text.indexOf('"arguments": ') + '"arguments": '.length;
    const to = text.indexOf(', "method": ');
    return { ...parse(text), text: text.slice(from, to) };
  });
}

const rows = goldenRows();

test('there is a row for each operation', () => {
  const table = JSON.parse(fs.readFileSync(path.join(ROOT, 'config/operations.json'), 'utf8'));
  assert.deepEqual([...new Set(rows.map((row) => row.operation))].sort(), table.map((row) => row.operationId).sort());
});

/** The fields of a form as it was recorded. */
function fieldsOf(body) {
  const fields = {};
  for (const part of body.split(/\r?\n--|^--/)) {
    const match = /name="(\w+)"(; filename="[^"]*")?[\s\S]*?\r\n\r\n([\s\S]*)$/.exec(part);
    if (match) fields[match[1]] = match[2] ? 'the file' : match[3];
  }
  return fields;
}

function compare(request, row, key) {
  assert.equal(request.method, row.method);
  assert.equal(request.target, row.target);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of ['Accept', 'Authorization', 'Content-Type']) {
    const got = headers[name.toLowerCase()];
    const want = row.headers[name] && row.headers[name].replace('<key>', key);
    if (want === 'multipart/form-data') assert.match(got, /^multipart\/form-data; boundary=\S+$/);
    else assert.equal(got, want, name);
  }
  if (row.headers['Content-Type'] === 'multipart/form-data') {
    const want = Object.fromEntries(Object.entries(row.body).map(([name, value]) => [name, name === 'file' ? 'the file' : String(value)]));
    assert.deepEqual(fieldsOf(request.body), want);
  } else {
    assert.deepEqual(request.body === '' ? null : parse(request.body), row.body);
  }
}

describe('from Lua to the wire and back', () => {
  test('every row', async (t) => {
    const s = await serverOf(t, {
      ensure: ['sonoran_bridge', 'dispatch_author'],
      cfg: 'set sonoran_bridge_tracking "marked"',
      options: ['--rate-scale', '0', '--server-id', '1', '--server-id', '2', '--server-id', '3'],
    });
    await s.said('runs:');
    s.lua('dispatch_author', 'answers, raised = {}, {}');
    const first = new Set();
    let expected = 0;
    for (const [i, row] of rows.entries()) {
      const form = row.headers['Content-Type'] === 'multipart/form-data';
      const options = form ? `{ attachment = '${RECORDING.toString('base64')}' }` : 'nil';
      const args = `json.decode([==[${row.text}]==])`;
      s.lua('dispatch_author', `
        local args = ${args}
        ${form ? 'args.file = nil' : ''}
        CAD.${row.operation}(args, function(answer) answers[${i}] = answer.ok and 'ok' or answer.error.kind .. ': ' .. answer.error.detail end, ${options})
        ${first.has(row.operation) ? '' : `CreateThread(function()
          local ok, e = pcall(CAD.${row.operation}.await, args, ${options})
          raised['${row.operation}'] = ok and 'ok' or tostring(e)
        end)`}`);
      expected += first.has(row.operation) ? 1 : 2;
      first.add(row.operation);
    }
    const answered = () => s.lua('dispatch_author', `local n = 0
      for _ in pairs(answers) do n = n + 1 end for _ in pairs(raised) do n = n + 1 end return n`)[0];
    await s.host.until(() => answered() === expected, { limitMs: 60000, what: `${expected} answers` });
    const requests = await s.cad.requests();
    const of = (i) => s.lua('dispatch_author', `return answers[${i}]`)[0];
    const faults = [];
    for (const [i, row] of rows.entries()) {
      const mine = requests.filter((one) => one.operation === row.operation);
      const messages = [];
      // Which request is this row's: one of them is as it should be.
      const fits = mine.some((one) => {
        try {
          compare(one, row, s.cad.key);
          return true;
        } catch (error) {
          messages.push(error.message.split('\n').slice(0, 12).join(' '));
          return false;
        }
      });
      if (!fits) faults.push(`row ${i}, ${row.operation}: ${messages[0] || 'no request'}`);
      if (of(i) !== 'ok') faults.push(`row ${i}, ${row.operation}: the callback got ${of(i)}`);
    }
    for (const operation of first) {
      const [outcome] = s.lua('dispatch_author', `return raised['${operation}']`);
      if (outcome !== 'ok') faults.push(`${operation}.await: ${outcome}`);
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(s.host.scriptErrors, []);
  });
});
