import type { TestReport } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import { findingLines } from './findings.ts'
import { day, facts } from './lines.ts'
import { testCallText } from './target-call-text.ts'

export function testReportText(report: TestReport, colour: boolean): string {
  const { readBy, container, keys, chain, readableByJava, problems, call } = report
  const file = facts([
    ['usable', `${paint('yes', 32, colour)}, read by ${readBy}`],
    ['encryption', container ? `${container.cipher ?? 'none'}, ${container.iterations} iterations` : undefined],
    ...keys.map(({ type, size, curve }) => ['key', `${type} ${curve ?? `${size} bits`}`] as const),
    ...chain.map(
      ({ subject, notAfter }, at) => [at === 0 ? 'chain' : '', `${subject}, until ${day(notAfter)}`] as const,
    ),
    ['java', readableByJava.length === 0 ? 'no version can read it' : readableByJava.join(', ')],
  ])
  const parts = [file, findingLines(problems, colour).join('\n'), call ? testCallText(call, colour) : '']
  return parts.filter((part) => part !== '').join('\n\n')
}
