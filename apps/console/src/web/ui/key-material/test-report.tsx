import type { TestReport } from '@mtls-gateway/contract'
import { Expires } from '../expires.tsx'
import { Facts } from '../facts.tsx'
import { Notice } from '../notice.tsx'
import { ProblemCard } from '../problem-card.tsx'
import { Time } from '../time.tsx'
import styles from './test-report.module.css'

/** What the key tester found in a file that can be used. */
export function TestReportView({ report }: { readonly report: TestReport }) {
  const { container, keys, chain, eidas, readableByJava, problems } = report
  return (
    <>
      <Notice tone={problems.length === 0 ? 'good' : 'warn'} title={verdictOf(problems.length)} />
      {problems.map((problem) => (
        <ProblemCard key={`${problem.code} ${problem.message}`} problem={problem} />
      ))}
      <Facts
        facts={{
          Certificate: chain[0]?.subject,
          Issuer: chain[0]?.issuer,
          Expires: chain[0] && <Time at={chain[0].notAfter} />,
          Key: keys.map(keyText).join('; '),
          Chain: <Chain chain={chain} />,
          eIDAS: eidas && eidasText(eidas),
          QTSP: eidas?.qtsp ?? undefined,
          'PSD2 roles': eidas?.roles.join(', ') || undefined,
          Authority: eidas?.authority ? `${eidas.authority.name} (${eidas.authority.id})` : undefined,
          Encryption: container === null ? undefined : encryptionOf(container),
          Java: readableByJava.length === 0 ? 'No version can read it' : `Read by ${readableByJava.join(', ')}`,
        }}
      />
    </>
  )
}

function verdictOf(problems: number): string {
  if (problems === 0) return 'This file can be used.'
  return `This file can be used, with ${problems === 1 ? 'a warning' : `${problems} warnings`}.`
}

function keyText({ type, size, curve, alias }: TestReport['keys'][number]): string {
  const kind = `${type} ${curve ?? `${size.toLocaleString('en')} bits`}`
  return alias === null ? kind : `${kind}, "${alias}"`
}

function eidasText({ type, qualified, inQscd, organizationIdentifier }: NonNullable<TestReport['eidas']>): string {
  const facts = [type ?? 'No type', qualified && 'qualified', inQscd && 'key in a QSCD', organizationIdentifier]
  return facts.filter(Boolean).join(', ')
}

function encryptionOf({ mac, cipher, iterations }: NonNullable<TestReport['container']>): string {
  return `${cipher ?? 'none'}, MAC ${mac ?? 'none'}, ${iterations.toLocaleString('en')} iterations`
}

function Chain({ chain }: Pick<TestReport, 'chain'>) {
  return (
    <ol className={styles.chain}>
      {chain.map(({ subject, issuer, notAfter }) => (
        <li key={`${subject} ${issuer} ${notAfter}`}>
          {subject}{' '}
          <small>
            <Expires at={notAfter} />
          </small>
        </li>
      ))}
    </ol>
  )
}
