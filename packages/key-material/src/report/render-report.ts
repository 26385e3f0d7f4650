import type { KeyReport, TestReport } from './report.ts'

/** The report as text for people: plain, no colours. */
export function renderReport(report: TestReport): string {
  const rows: (readonly [string, string])[] = [
    ['Readable', report.readable ? `yes, by ${report.readBy}` : 'no'],
    ...containerRows(report),
    ...report.keys.map((key, index) => [index === 0 ? 'Key' : '', keyLine(key)] as const),
    ['Key matches', yesNo(report.keyMatchesCertificate)],
    ...report.chain.flatMap(({ subject, issuer, notAfter }, index) => [
      [index === 0 ? 'Chain' : '', `${index + 1}. ${subject}`] as const,
      ['', subject === issuer ? '   self-signed' : `   issued by ${issuer}`] as const,
      ['', `   until ${notAfter}`] as const,
    ]),
    ...eidasRows(report),
    ['Java', report.readableByJava.length > 0 ? `readable by ${report.readableByJava.join(', ')}` : 'not readable'],
    ['Java compliant', yesNo(report.javaCompliant)],
  ]
  const table = rows.map(([name, value]) => `${name.padEnd(16)}${value}`.trimEnd())
  const problems = report.problems.flatMap(({ severity, code, message, fix }) => [
    '',
    `${severity.toUpperCase()} ${code}`,
    `  ${message}`,
    ...(fix ? fix.split('\n').map((line) => `  $ ${line}`) : []),
  ])
  return `${[...table, ...problems].join('\n')}\n`
}

function eidasRows({ eidas }: TestReport): (readonly [string, string])[] {
  if (!eidas) return []
  const { type, qualified, inQscd, roles, authority, organizationIdentifier, qtsp } = eidas
  const facts = [type ?? 'no type', ...(qualified ? ['qualified'] : []), ...(inQscd ? ['key in a QSCD'] : [])]
  return [
    ['eIDAS', facts.join(', ')],
    ...(qtsp === null ? [] : [['QTSP', qtsp] as const]),
    ...(organizationIdentifier === null ? [] : [['Organisation', organizationIdentifier] as const]),
    ...(roles.length === 0 ? [] : [['PSD2 roles', roles.join(', ')] as const]),
    ...(authority === null ? [] : [['Authority', `${authority.name} (${authority.id})`] as const]),
  ]
}

function containerRows({ container }: TestReport): (readonly [string, string])[] {
  if (!container) return []
  const { mac, cipher, prf, iterations } = container
  return [
    ['MAC', mac ?? 'none'],
    ['Cipher', cipher ?? 'none'],
    ['Derivation', prf ?? 'PKCS#12'],
    ['Iterations', String(iterations)],
  ]
}

function keyLine({ type, size, curve, alias }: KeyReport): string {
  return `${type} ${curve ?? `${size} bits`}${alias === null ? '' : ` "${alias}"`}`
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
