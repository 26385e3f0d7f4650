import type { IncomingHttpHeaders } from 'node:http'
import replyFrom from '@fastify/reply-from'
import fastify from 'fastify'
import { connections, credentialsOf, port, target } from './settings.ts'

const app = fastify({ keepAliveTimeout: 65_000, bodyLimit: Number.MAX_SAFE_INTEGER })
// Its own advice for bodies that go through as they are.
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', (_request, body, done) => done(null, body))
await app.register(replyFrom, {
  base: target,
  // An Agent, as it would make of plain options, with the certificate for each connection.
  undici: { connections, allowH2: false, keepAliveTimeout: 60_000, connect: credentialsOf(0) },
})
// It hands on the target's own Connection field: a caller that wants the connection closed would take it for kept.
const closing = { rewriteHeaders: ({ connection: _, ...headers }: IncomingHttpHeaders) => headers }
app.all('/*', (request, reply) => reply.from(request.raw.url, request.headers.connection === 'close' ? closing : {}))
await app.listen({ port, host: '127.0.0.1' })
