import { Reflector } from '@nestjs/core'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'

/** Marks a resource that reads its body itself, or ignores it. Other resources accept only JSON. */
export const LeavesBody = Reflector.createDecorator<boolean>()

/** Leaves bodies unread, so that the guards run and answer first, whatever the type of the body. */
export function leaveBodiesUnread(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance()
  // Its own parsers, of JSON and of plain text, would be asked before a pattern is.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
}
