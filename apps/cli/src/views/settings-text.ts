import type { Settings } from '@mtls-gateway/contract'
import { facts } from './lines.ts'

export function settingsText({ unmappedCalls, webhook }: Settings): string {
  return facts([
    ['unmapped calls', unmappedCalls],
    ['webhook', webhook?.url ?? 'none'],
    ['webhook secret', webhook?.secret],
  ])
}
