import type { Caller } from '@mtls-gateway/contract'
import { facts } from './lines.ts'

const kinds: Readonly<Record<Caller['kind'], string>> = {
  oauth1: 'app key',
  bearer: 'token',
  certificate: 'client certificate',
  invitation: 'token',
}

export function callerText({ subject, kind, accounts, scopes, services, expiresAt }: Caller): string {
  return facts([
    ['subject', subject],
    ['credentials', kinds[kind]],
    ['accounts', accounts === '*' ? 'all' : listed(accounts)],
    ['scopes', listed(scopes)],
    ['services', services && listed(services)],
    ['expires', expiresAt ?? 'never'],
  ])
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ')
}
