'use strict';

const http = require('node:http');
const hostMsgpack = require('./host_msgpack');

// As the game server has them: a connection that holds more than this unread is closed, a head has at most 50 headers,
// and an address asks one resource 10 times a second, 25 at once.
const BODY_MAX = 5 * 1024 * 1024;
const HEADERS_MAX = 50;
const RATE = 10;
const BURST = 25;

// The server's HTTP side, on a loopback port: what comes for /<resource>/... is given to the function that the resource
// set by SetHttpHandler. It listens once somebody asks for its address or sets a handler.
class HttpServer {
  // outside: {references, functions (HostFunctions), clock, version, limits(resource) → {rate, burst}}
  constructor(outside) {
    this.outside = outside;
    this.endpoints = new Map(); // by prefix, as written: {name, handler}
    this.buckets = new Map();
    this.server = null;
    this.listening = null;
  }

  addEndpoint(name) {
    const prefix = `/${name}`;
    if (!this.endpoints.has(prefix)) this.endpoints.set(prefix, { name, prefix, handler: null, on: true });
    this.endpoints.get(prefix).on = true;
  }

  // The handler stays: after a restart requests meet the old one, which nobody answers for, until a new one is set.
  removeEndpoint(name) {
    const endpoint = this.endpoints.get(`/${name}`);
    if (endpoint) endpoint.on = false;
  }

  setHandler(name, reference) {
    this.endpoints.get(`/${name}`).handler = reference;
    this.url();
  }

  // The address that requests go to: http://127.0.0.1:<port>.
  url() {
    if (!this.listening) {
      this.server = http.createServer({ requestTimeout: 0, maxHeaderSize: 65536 }, (request, response) =>
        this.handle(request, response),
      );
      this.server.maxHeadersCount = 0;
      this.listening = new Promise((resolve, reject) => {
        this.server.once('error', reject);
        this.server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${this.server.address().port}`));
      });
      this.listening.catch(() => {});
      this.server.unref();
    }
    return this.listening;
  }

  close() {
    if (!this.server) return;
    this.server.close();
    this.server.closeAllConnections();
    this.server = null;
  }

  // The longest prefix wins, and case does not count. A prefix need not end at a slash.
  match(path) {
    const lower = path.toLowerCase();
    return [...this.endpoints.values()]
      .filter((one) => one.on && lower.startsWith(one.prefix.toLowerCase()))
      .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  }

  limited(name, address) {
    const { rate = RATE, burst = BURST } = this.outside.limits(name);
    const key = `${name} ${address}`;
    const now = this.outside.clock.now();
    const bucket = this.buckets.get(key) || { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    this.buckets.set(key, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  }

  handle(request, response) {
    if (request.rawHeaders.length / 2 > HEADERS_MAX) {
      request.socket.destroy();
      return;
    }
    const endpoint = this.match(request.url);
    if (!endpoint) {
      response.end(JSON.stringify({ version: this.outside.version }));
      return;
    }
    if (this.limited(endpoint.name, request.socket.remoteAddress)) {
      response.writeHead(429, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('Rate limit exceeded.');
      return;
    }
    // Who has set no handler, or whose handler fails, leaves the client waiting.
    if (endpoint.handler === null) return;
    this.give(endpoint, request, response);
  }

  give(endpoint, request, response) {
    const { references, functions } = this.outside;
    const held = []; // references of the script that are called later
    const keep = (given) => {
      if (!given || !given.functionReference) return null;
      references.add(given.functionReference);
      held.push(given.functionReference);
      return given.functionReference;
    };
    let onData = null;
    let onCancel = null;
    let binary = false;
    const text = (value) => {
      if (typeof value !== 'string') throw new TypeError('a text is expected');
      return value;
    };
    const made = {
      setDataHandler: functions.make((callback, kind) => {
        binary = kind === 'binary';
        onData = keep(callback);
      }),
      setCancelHandler: functions.make((callback) => {
        onCancel = keep(callback);
      }),
      write: functions.make((body) => {
        response.write(text(body));
      }),
      writeHead: functions.make((status, headers = {}) => {
        if (response.headersSent) return;
        response.writeHead(status, headers);
        response.flushHeaders();
      }),
      send: functions.make((...body) => {
        if (body.length === 0) response.end();
        else response.end(text(body[0]));
      }),
    };
    response.once('close', () => {
      if (!response.writableFinished && onCancel) references.invoke(onCancel, hostMsgpack.pack([]));
      held.forEach((reference) => references.remove(reference));
      Object.values(made).forEach((one) => functions.forget(one));
    });
    this.read(request, response, (body) => {
      if (onData) references.invoke(onData, packBody(body, binary));
    });
    const { remoteAddress, remotePort } = request.socket;
    references.invoke(
      endpoint.handler,
      hostMsgpack.pack([
        {
          headers: headersOf(request),
          method: request.method,
          address: `${remoteAddress}:${remotePort}`,
          path: `/${request.url.slice(endpoint.prefix.length + 1)}`,
          setDataHandler: made.setDataHandler,
          setCancelHandler: made.setCancelHandler,
        },
        { write: made.write, writeHead: made.writeHead, send: made.send },
      ]),
    );
  }

  // The whole body, once, when the request says that it has one and nobody has answered before it was there.
  read(request, response, done) {
    const parts = [];
    let size = 0;
    request.on('data', (part) => {
      size += part.length;
      parts.push(part);
      if (size > BODY_MAX) request.socket.destroy();
    });
    request.on('end', () => {
      const has = Number(request.headers['content-length']) > 0 || request.headers['transfer-encoding'] === 'chunked';
      if (has && !response.writableEnded) done(Buffer.concat(parts));
    });
  }
}

// Names as the client wrote them; of one that came twice, the first.
function headersOf(request) {
  const headers = {};
  const seen = new Set();
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i];
    if (!seen.has(name.toLowerCase())) headers[name] = request.rawHeaders[i + 1];
    seen.add(name.toLowerCase());
  }
  return headers;
}

// The bytes as they came: a text for the script, or binary.
function packBody(body, binary) {
  const head = Buffer.from([0x91, binary ? 0xc6 : 0xdb, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 2);
  return new Uint8Array(Buffer.concat([head, body]));
}

module.exports = { HttpServer };
