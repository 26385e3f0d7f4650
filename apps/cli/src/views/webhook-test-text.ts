import type { WebhookTest } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import { facts } from './lines.ts'

export function webhookTestText({ delivered, status, code, explanation, ms }: WebhookTest, colour: boolean): string {
  return facts([
    ['delivered', delivered ? paint('yes', 32, colour) : paint('no', 31, colour)],
    ['answer', status === null ? 'none' : String(status)],
    ['error', code ?? undefined],
    ['', explanation],
    ['time', `${ms} ms`],
  ])
}
