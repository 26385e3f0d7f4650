import type { TestReport } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import { findingLines } from './findings.ts'
import { day, facts } from './lines.ts'
import { testCallText } from './target-call-text.ts'

export function testReportText(report: TestReport, colour: boolean): string {
  const { readBy, container, keys, chain, eidas, readableByJava, problems, call } = report
  const file = facts([
    ['usable', `${paint('yes', 32, colour)}, read by ${readBy}`],
    ['encryption', container ? `${container.cipher ?? 'none'}, ${container.iterations} iterations` : undefined],
    ...keys.map(({ type, size, curve }) => ['key', `${type} ${curve ?? `${size} bits`}`] as const),
    ...chain.map(
      ({ subject, notAfter }, at) => [at === 0 ? 'chain' : '', `${subject}, until ${day(notAfter)}`] as const,
    ),
    ...(eidas ? eidasRows(eidas) : []),
    ['java', readableByJava.length === 0 ? 'no version can read it' : readableByJava.join(', ')],
  ])
  const parts = [file, findingLines(problems, colour).join('\n'), call ? testCallText(call, colour) : '']
  return parts.filter((part) => part !== '').join('\n\n')
}

function eidasRows(eidas: NonNullable<TestReport['eidas']>) {
  const { type, qualified, inQscd, roles, authority, organizationIdentifier, qtsp } = eidas
  const stated = [type ?? 'no type', qualified && 'qualified', inQscd && 'key in a QSCD'].filter(Boolean)
  return [
    ['eidas', stated.join(', ')],
    ['qtsp', qtsp ?? undefined],
    ['organisation', organizationIdentifier ?? undefined],
    ['psd2 roles', roles.length === 0 ? undefined : roles.join(', ')],
    ['authority', authority ? `${authority.name} (${authority.id})` : undefined],
  ] as const
}
