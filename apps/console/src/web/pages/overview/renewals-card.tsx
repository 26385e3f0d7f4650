import type { Certificate } from '@mtls-gateway/contract'
import { waitPhrases } from '../../format/plan-sentence.ts'
import { renewsItself } from '../../format/renewal.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Card } from '../../ui/card.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import { Time } from '../../ui/time.tsx'
import { WaitingNotice } from './waiting-notice.tsx'

/** The certificates that renew themselves, and whom their renewals wait for. */
export function RenewalsCard({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const accountId = useAccountId()
  const waiting = Map.groupBy(certificates, ({ plan }) => plan?.waitsFor ?? null)
  const waits = [...waiting].flatMap(([waitsFor, those]) => (waitsFor === null ? [] : [[waitsFor, those] as const]))
  const running = certificates.flatMap(({ name, plan }) =>
    plan?.next && renewsItself({ plan }) ? [{ name, at: plan.next.at }] : [],
  )
  if (waits.length === 0 && running.length === 0) return null
  const [next] = running.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return (
    <Card title="Renewals">
      {waits.map(([waitsFor, those]) => (
        <WaitingNotice
          key={waitsFor}
          title={waitPhrases[waitsFor]}
          things={those.map(({ id, name }) => ({ name, to: paths.certificate(accountId, id) }))}
        />
      ))}
      {next && (
        <p>
          {running.length === 1 ? 'One certificate renews itself' : `${running.length} certificates renew themselves`}.
          Next: <Breakable text={next.name} /> <Time at={next.at} />.
        </p>
      )}
    </Card>
  )
}
