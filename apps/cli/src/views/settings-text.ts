import type { Settings } from '@mtls-gateway/contract'
import { facts } from './lines.ts'

export function settingsText({ unmappedCalls, publishKeys, webhook }: Settings): string {
  return facts([
    ['unmapped calls', unmappedCalls],
    ['keys', publishKeys ? 'published' : 'not published'],
    ['webhook', webhook?.url ?? 'none'],
    ['webhook secret', webhook?.secret],
  ])
}
