// Node's own server between the module and the CAD. The one argument is JSON:
//   cad            the CAD's port
//   port           its own, at 127.0.0.1
//   interim        of 'continue', 'processing', 'earlyHints': what is written before the answer, in this order
//   interimDelay   ms from the last of them to the answer; 0 is at once
//   keepAlive      ms until an idle connection is closed; Node announces it
//   gzip           the answer's body is compressed, whatever the client takes
//   form           'http10' (no length, closed at its end), 'noReason' (a status line that ends with the status),
//                  'bom' (a byte order mark before the body): bytes that Node itself would not write
//   upgrade        the answer is 101
'use strict';

const http = require('node:http');
const zlib = require('node:zlib');

const options = JSON.parse(process.argv[2]);
const agent = new http.Agent({ keepAlive: true });

const interim = {
  continue: (response) => response.writeContinue(),
  processing: (response) => response.writeProcessing(),
  earlyHints: (response) => response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }),
};

function write(request, response, answer, body) {
  const headers = { 'content-type': answer.headers['content-type'] ?? 'application/json' };
  if (options.form === 'http10') {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    request.socket.end(Buffer.concat([Buffer.from(`HTTP/1.0 ${answer.statusCode} OK\r\n${lines}\r\n`), body]));
    return;
  }
  if (options.form === 'noReason') {
    const head = `HTTP/1.1 ${answer.statusCode}\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${body.length}\r\n\r\n`;
    request.socket.write(Buffer.concat([Buffer.from(head), body]));
    return;
  }
  if (options.form === 'bom') body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  if (options.gzip) {
    body = zlib.gzipSync(body);
    headers['content-encoding'] = 'gzip';
  }
  headers['content-length'] = body.length;
  response.writeHead(answer.statusCode, headers);
  response.end(body);
}

const server = http.createServer({ keepAliveTimeout: options.keepAlive ?? 60000 }, (request, response) => {
  if (options.upgrade) {
    request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    return;
  }
  const onward = http.request(
    { agent, host: '127.0.0.1', port: options.cad, method: request.method, path: request.url, headers: request.headers },
    (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => {
        const body = Buffer.concat(pieces);
        for (const name of options.interim ?? []) interim[name](response);
        if (options.interimDelay) setTimeout(write, options.interimDelay, request, response, answer, body);
        else write(request, response, answer, body);
      });
    },
  );
  onward.on('error', () => request.socket.destroy());
  request.pipe(onward);
});
server.listen(options.port, '127.0.0.1');
