import { paint, safeText } from '@mtls-gateway/terminal'
import type { Finding, FindingStatus } from '../../finding.ts'

const colours: Readonly<Record<FindingStatus, number>> = { ok: 32, warn: 33, fail: 31, unknown: 2 }
const statusWidth = 'unknown'.length

export function findingsText(findings: readonly Finding[], colour: boolean): string {
  const checkWidth = Math.max(...findings.map(({ check }) => check.length))
  const indent = ' '.repeat(statusWidth + 2)
  const lines = findings.flatMap(({ check, status, found, fix }) => [
    `${paint(status.padEnd(statusWidth), colours[status], colour)}  ${check.padEnd(checkWidth)}  ${safeText(found)}`,
    ...(fix === undefined ? [] : [`${indent}${paint(`-> ${safeText(fix)}`, 2, colour)}`]),
  ])
  return [...lines, '', summary(findings)].join('\n')
}

function summary(findings: readonly Finding[]): string {
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to fix, ${count('unknown')} not known`
}

export function isSound(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== 'fail')
}
