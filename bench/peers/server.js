// One answer on node:http without a framework: `node server.js PORT FILE`.
const body = require('fs').readFileSync(process.argv[3]);
require('http')
  .createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
