import type { ServerResponse } from 'node:http'
import { startTestTarget } from '@mtls-gateway/test-kit'

/** Both tenants' webhook. Below `/silent` it answers only when it is told to. */
export interface Webhook {
  readonly url: string
  readonly port: number
  /** PEM of the CA that issued its certificate. */
  readonly ca: string
  /** Resolves when it is notified of a certificate that it has not been notified of before. */
  toldOf(certificateName: string): Promise<void>
  holdSilent(): void
  /** Answers everything that is held, and everything that comes later. */
  releaseSilent(): void
  close(): Promise<void>
}

export async function startWebhook(): Promise<Webhook> {
  const told = new Map<string, PromiseWithResolvers<void>>()
  const noticeOf = (name: string) => {
    const known = told.get(name) ?? Promise.withResolvers<void>()
    told.set(name, known)
    return known
  }
  const held = new Set<ServerResponse>()
  let holds = false
  const answer = (response: ServerResponse) => void response.writeHead(204).end()
  const { url, port, ca, close } = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      const { data } = JSON.parse((await request.toArray()).join(''))
      if (request.url === '/silent' && holds) held.add(response)
      else answer(response)
      noticeOf(data.name).resolve()
    },
  })
  return {
    url,
    port,
    ca,
    toldOf: async (name) => {
      await noticeOf(name).promise
      told.delete(name)
    },
    holdSilent: () => {
      holds = true
    },
    releaseSilent: () => {
      holds = false
      for (const response of held) answer(response)
      held.clear()
    },
    close,
  }
}
