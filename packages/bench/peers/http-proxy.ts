import { createServer } from 'node:http'
import { Agent } from 'node:https'
import proxies from 'http-proxy'
import { connections, credentialsOf, port, target } from './settings.ts'

const agent = new Agent({ keepAlive: true, maxSockets: connections, ...credentialsOf(0) })
const proxy = proxies.createProxyServer({ target, agent, secure: true })
proxy.on('error', (_error, _request, response) => response.destroy())

createServer({ keepAliveTimeout: 65_000 }, (request, response) => proxy.web(request, response)).listen(
  port,
  '127.0.0.1',
)
