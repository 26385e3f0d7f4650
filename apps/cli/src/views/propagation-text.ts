import type { Propagation } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'

/** How many forwarders present the version that is in use, and of how many. */
export function propagationShares({ instances }: Pick<Propagation, 'instances'>): [current: number, all: number] {
  return [instances.filter(({ current }) => current).length, instances.length]
}

export function propagationLine(propagation: Propagation): string {
  const [current, all] = propagationShares(propagation)
  return `${current} of ${all} forwarders present it`
}

export function propagationText(propagation: Propagation): string {
  const line = `${propagation.complete ? 'complete' : 'not complete'}: ${propagationLine(propagation)}`
  if (propagation.instances.length === 0) return line
  const rows = propagation.instances.map(({ instance, current, revision, since, startedAt }) => [
    instance,
    current ? 'yes' : 'no',
    revision ?? '',
    since ?? '',
    startedAt,
  ])
  return [line, '', table(['FORWARDER', 'CURRENT', 'REVISION', 'SINCE', 'STARTED'], rows)].join('\n')
}
