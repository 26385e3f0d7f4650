import type { AppKey, CreatedAppKey } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { day, facts } from './lines.ts'

export function appKeyText({ appKey, appSecret, label, scopes, services, expiresAt }: CreatedAppKey): string {
  return facts([
    ['app key', appKey],
    ['secret', appSecret],
    ['label', label],
    ['scopes', scopes.join(', ')],
    ['services', services?.join(', ') ?? 'any'],
    ['expires', expiresAt ?? 'never'],
  ])
}

export function appKeyTable(appKeys: readonly AppKey[]): string {
  if (appKeys.length === 0) return 'There is no app key.'
  const rows = appKeys.map(({ appKey, label, scopes, services, createdAt, createdBy, expiresAt, lastUsedAt }) => [
    appKey,
    label,
    scopes.join(','),
    services?.join(',') ?? 'any',
    day(createdAt),
    createdBy ?? 'not known',
    expiresAt === null ? 'never' : day(expiresAt),
    lastUsedAt === null ? 'not known' : day(lastUsedAt),
  ])
  return table(['APP KEY', 'LABEL', 'SCOPES', 'SERVICES', 'CREATED', 'CREATED BY', 'EXPIRES', 'LAST USED'], rows)
}
