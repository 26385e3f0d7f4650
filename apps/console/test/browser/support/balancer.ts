import { request } from 'node:http'
import { type LocalServer, serve } from '@mtls-gateway/test-kit'

export interface Balancer extends LocalServer {
  /** Where its requests go, in turns. */
  readonly upstreams: URL[]
  /** How many each has answered. */
  readonly answered: ReadonlyMap<string, number>
}

/** In front of several instances: each request goes to the next one, whoever sends it. */
export async function startBalancer(): Promise<Balancer> {
  const upstreams: URL[] = []
  const answered = new Map<string, number>()
  const server = await serve((incoming, response) => {
    const next = upstreams.shift()
    if (next === undefined) return void response.writeHead(503).end()
    upstreams.push(next)
    const { method, url, headers } = incoming
    const options = { method, headers, agent: false, path: url, hostname: next.hostname, port: next.port }
    const call = request(options, (answer) => {
      answered.set(next.href, (answered.get(next.href) ?? 0) + 1)
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    call.on('error', () => response.destroy())
    incoming.pipe(call)
  })
  return { ...server, upstreams, answered }
}
