/** The least that a forwarder on Node can do: node:http in front, undici's `stream` behind, and nothing between. */
import { createServer } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { connections, credentialsOf, identities, port, target } from './settings.ts'

const pools = Array.from(
  { length: identities },
  (_, identity) =>
    new Pool(target, { connections, allowH2: false, keepAliveTimeout: 60_000, connect: credentialsOf(identity) }),
)
const host = `localhost:${new URL(target).port}`

createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const { url = '/', method } = request
  const pool = pools[Number.parseInt(url.slice(1), 10)]
  const hasBody = request.headers['content-length'] !== undefined
  pool
    ?.stream(
      {
        path: url,
        method: method as Dispatcher.HttpMethod,
        headers: {
          host,
          'content-type': request.headers['content-type'],
          'content-length': request.headers['content-length'],
        },
        body: hasBody ? request : null,
      },
      ({ statusCode, headers }) => {
        delete headers.connection
        return response.writeHead(statusCode, headers)
      },
    )
    .catch(() => response.destroy())
}).listen(port, '127.0.0.1')
