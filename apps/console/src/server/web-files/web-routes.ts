import { CodedError } from '@mtls-gateway/domain'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pagePolicy } from './page-policy.ts'
import { chooseEncoding, type WebFile } from './web-files.ts'

const page = '/index.html'
/** What no page is at: whoever asks there wants data. */
const notPages = ['/mtls', '/console', '/health', '/assets']

/**
 * The app's files, and its page at every path that a browser may be at. All of it is public.
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function webRoutes(app: FastifyInstance, files: ReadonlyMap<string, WebFile>): void {
  const index = files.get(page)
  if (index === undefined) {
    throw new CodedError('CONFIGURATION_INVALID', 'The pages of the console are missing. Build them: npm run build')
  }
  for (const [path, file] of files) {
    if (path !== page) app.get(path, async (request, reply) => answerFile(request, reply, file))
  }
  app.get('/', async (request, reply) => answerFile(request, reply, index))
  app.setNotFoundHandler(async (request, reply) => {
    if (isPage(request)) return answerFile(request, reply, index)
    throw new CodedError('NOT_FOUND', 'The console has nothing for this method at this path.')
  })
}

function isPage({ raw: { method, url = '', headers } }: FastifyRequest): boolean {
  const [path = ''] = url.split('?')
  const isElsewhere = notPages.some((folder) => path === folder || path.startsWith(`${folder}/`))
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && !isElsewhere && headers.accept?.includes('text/html') === true
}

function answerFile({ raw }: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  const encoding = chooseEncoding(raw.headers['accept-encoding'], file)
  const tag = `W/"${file.tag}"`
  void reply.headers({
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': pagePolicy,
    etag: tag,
    vary: 'accept-encoding',
  })
  if (raw.headers['if-none-match'] === tag) return reply.status(304).send()
  if (encoding !== 'identity') void reply.header('content-encoding', encoding)
  return reply.header('content-type', file.type).send(file.bytes[encoding])
}
