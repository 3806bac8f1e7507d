// DirectLineJS as in a page, driven by a test: commands come as JSON lines on stdin, what happens goes out on stdout.
'use strict';

const http = require('node:http');
const path = require('node:path');
const readline = require('node:readline');
const { createRequire } = require('node:module');

const fetched = createRequire(path.join(__dirname, '.tools', 'package.json'));

// xhr2 knows no FormData: it is encoded here as a browser would.
class Request extends fetched('xhr2') {
  send(body) {
    if (!(body instanceof FormData)) {
      return super.send(body);
    }
    const encoded = new Response(body);
    return encoded.arrayBuffer().then(bytes => {
      this.setRequestHeader('Content-Type', encoded.headers.get('Content-Type'));
      super.send(bytes);
    });
  }
}

const sockets = [];

class Socket extends fetched('ws') {
  constructor(...given) {
    super(...given);
    sockets.push(this);
  }
}

globalThis.XMLHttpRequest = Request;
globalThis.WebSocket = Socket;
console.log = console.warn = console.error = () => {};

const { DirectLine } = fetched('botframework-directlinejs');

const tell = happened => process.stdout.write(JSON.stringify(happened) + '\n');

// A page's files have addresses; so do these.
const files = http.createServer((_, response) => response.end(Buffer.from([0, 1, 254, 255])));

let line;

const commands = {
  start(options) {
    // The client waits 3 to 15 s before it connects again; a test does not.
    line = new DirectLine({ ...options, random: () => -0.2417 });
    line.connectionStatus$.subscribe(status => tell({ status }));
    line.activity$.subscribe(
      activity => tell({ activity }),
      error => tell({ failed: String(error.status || error.message || error) })
    );
  },
  post(activity) {
    line.postActivity(activity).subscribe(
      id => tell({ posted: id }),
      error => tell({ refused: error.status })
    );
  },
  upload({ names, ...activity }) {
    const contentUrl = `http://127.0.0.1:${files.address().port}/`;
    const attachments = names.map(name => ({ contentType: 'image/png', contentUrl, name }));
    commands.post({ ...activity, type: 'message', attachments });
  },
  refresh() {
    line.refreshToken().subscribe(token => {
      line.token = token; // as its own timer does every 15 minutes
      tell({ token });
    });
  },
  session() {
    line.getSessionId().subscribe(session => tell({ session }));
  },
  drop() {
    sockets.at(-1).terminate();
    tell({ dropped: sockets.length });
  },
  ping() {
    sockets.at(-1).send('');
    tell({ pinged: true });
  },
  end() {
    line.end();
    process.exit(0);
  }
};

files.listen(0, '127.0.0.1', () => {
  readline.createInterface({ input: process.stdin }).on('line', text => {
    const { command, ...given } = JSON.parse(text);
    commands[command](given);
  });
  tell({ ready: true });
});
