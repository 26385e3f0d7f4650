import type { SigningKey } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { day, facts } from './lines.ts'

const states: Readonly<Record<SigningKey['state'], string>> = {
  published: 'published: does not sign yet',
  active: 'active: signs',
  retired: 'retired: does not sign any more',
}

export function signingKeyText({ kid, use, algorithm, state }: SigningKey): string {
  return facts([
    ['kid', kid],
    ['use', use],
    ['algorithm', algorithm],
    ['state', states[state] ?? state],
  ])
}

export function signingKeyTable(keys: readonly SigningKey[]): string {
  if (keys.length === 0) return 'There is no signing key.'
  const rows = keys.map(({ kid, use, algorithm, state, createdAt, createdBy, activatedAt, retiredAt }) => [
    kid,
    use,
    algorithm,
    state,
    day(createdAt),
    createdBy,
    activatedAt === null ? '-' : day(activatedAt),
    retiredAt === null ? '-' : day(retiredAt),
  ])
  return table(['KID', 'USE', 'ALGORITHM', 'STATE', 'CREATED', 'CREATED BY', 'ACTIVATED', 'RETIRED'], rows)
}
