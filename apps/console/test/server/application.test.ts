import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type Application, createLog, TrustedProxies } from '@mtls-gateway/service-kit'
import { createApplication } from '../../src/server/http/application.ts'

/** The last request, as hooks see it. */
let seen: { readonly originalUrl: string; readonly query: unknown } | undefined
let application: Application
let server: Server

beforeAll(async () => {
  application = createApplication({
    rates: { admit: () => ({ admitted: true, retryAfterMs: 0 }) },
    proxies: new TrustedProxies({ trustedProxies: [], trustedProxySecretFile: undefined }),
    log: createLog({ service: 'console', level: 'silent' }),
    createServer: (listener) => {
      server = createServer(listener)
      return server
    },
    onClientError: (_, socket) => socket.destroy(),
    routes: (app) => {
      app.get('/there', async () => 'there')
      app.addHook('onSend', async ({ originalUrl, query }) => {
        seen = { originalUrl, query }
      })
    },
  })
  await application.ready()
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  await application.close()
  server.close()
})

it.each(['/there', '/nowhere'])('parses no query for whoever sends it: %s', async (path) => {
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}?a=1&b=2`)
  expect(seen).toEqual({ originalUrl: `${path}?a=1&b=2`, query: {} })
})
