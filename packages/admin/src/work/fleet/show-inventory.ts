import { countFleet, type FleetCount } from '@mtls-gateway/domain'
import { table } from '@mtls-gateway/terminal'
import type { AdminContext } from '../../admin-context.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type Fleet, type FleetCertificate, withFleet } from './fleet.ts'

export interface InventoryOptions {
  readonly issuer: string | undefined
  readonly keyType: string | undefined
  readonly expiresWithinMs: number | undefined
  readonly plan: string | undefined
  readonly revoked: boolean
  readonly json: boolean
}

export async function showInventory(context: AdminContext, options: InventoryOptions): Promise<void> {
  await withFleet(context, async (fleet) => {
    const { certificates: all, problems } = await fleet.read()
    const certificates = all
      .filter(filterOf(options, Date.now()))
      .toSorted((one, other) => one.expirationDate.localeCompare(other.expirationDate))
    context.print(options.json ? JSON.stringify({ certificates, problems }) : text({ certificates, problems }))
    if (problems.length > 0) context.exitCode = exitCodes.incomplete
  })
}

function filterOf(
  { issuer, keyType, expiresWithinMs, plan, revoked }: InventoryOptions,
  now: number,
): (certificate: FleetCertificate) => boolean {
  const until = new Date(now + (expiresWithinMs ?? 0)).toISOString()
  return (each) =>
    (issuer === undefined || each.issuer === issuer) &&
    (keyType === undefined || each.keyType === keyType) &&
    (expiresWithinMs === undefined || each.expirationDate <= until) &&
    (plan === undefined || each.plan === plan || (plan === 'any' && each.plan !== 'none')) &&
    (!revoked || each.revoked !== null)
}

function text({ certificates, problems }: Fleet): string {
  const accounts = new Set(certificates.map(({ account }) => account)).size
  const faulty = problems.map(({ account, problem }) => `${account}: ${problem}`)
  const count = `${certificates.length} certificates in use, of ${accounts} accounts`
  if (certificates.length === 0) return [count, ...faulty].join('\n')
  const rows = certificates.map((each) => [
    ...[each.account, each.name, day(each.expirationDate), each.keyType, planText(each)],
    ...[each.revoked ? 'revoked' : '', each.issuer],
  ])
  const { issuers, keyTypes, plans, months } = countFleet(certificates)
  return [
    count,
    countTable('ISSUER', issuers),
    countTable('KEY', keyTypes),
    countTable('PLAN', plans),
    countTable('EXPIRES', months),
    table(['ACCOUNT', 'NAME', 'EXPIRES', 'KEY', 'PLAN', '', 'ISSUER'], rows),
    ...faulty,
  ].join('\n\n')
}

function countTable(head: string, counts: readonly (readonly [string, FleetCount])[]): string {
  const rows = counts.map(([name, { certificates, revoked, mappings }]) => [name, certificates, revoked, mappings])
  return table([head, 'CERTIFICATES', 'REVOKED', 'MAPPINGS'], rows)
}

export function planText({ plan, waitsFor, failure }: FleetCertificate): string {
  if (plan === 'waiting') return `waits: ${waitsFor}`
  return plan === 'failing' ? `fails: ${failure}` : plan
}

function day(time: string): string {
  return time.slice(0, 10)
}
