import type { FastifyRequest } from 'fastify'

const json = /^application\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i

/** Whether a request says that its body is JSON. */
export function isJson({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return json.test(headers['content-type'] ?? '')
}
