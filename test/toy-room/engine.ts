import { createServer } from 'node:http'

let count = 0

createServer(({ headers }, response) => {
  const isKnown = headers.authorization === process.env['SECRET']
  response.writeHead(isKnown ? 200 : 401).end(isKnown ? String((count += 1)) : '')
}).listen(Number(process.argv[2]), '127.0.0.1')
