/** The least that any answer of node:http costs: a server that says the same to everybody. */
import { createServer } from 'node:http'

const text = JSON.stringify({ type: 'about:blank', title: 'Unauthorized', status: 401 })

createServer((_, answer) => {
  answer.writeHead(401, { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(text) })
  answer.end(text)
}).listen(Number(process.env.PORT), '127.0.0.1')
