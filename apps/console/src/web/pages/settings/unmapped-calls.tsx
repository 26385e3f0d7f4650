import type { Answer } from '@mtls-gateway/client/page'
import type { Settings } from '@mtls-gateway/contract'
import { settingsKey } from '../../api/account.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Failure } from '../../ui/failure.tsx'
import { say } from '../../ui/toasts.tsx'

const meanings = {
  plain: 'Calls that match no mapping go out without a client certificate.',
  refuse: 'Calls that match no mapping are refused.',
} as const

/** What becomes of a call that no mapping is for. It takes effect at once, and can be taken back. */
export function UnmappedCalls({ settings }: { readonly settings: Answer<Settings> }) {
  const accountId = useAccountId()
  const { unmappedCalls } = settings.body
  const other = unmappedCalls === 'plain' ? 'refuse' : 'plain'
  const change = useChange({
    change: (next: Settings['unmappedCalls'], idempotencyKey) =>
      clientOf(accountId).changeSettings({ body: { unmappedCalls: next }, idempotencyKey }),
    changes: [settingsKey(accountId)],
    onDone: (_, next) => {
      const before = next === 'plain' ? 'refuse' : 'plain'
      say({
        text: meanings[next],
        about: 'unmapped calls',
        action: { label: 'Undo', run: () => change.mutate(before) },
      })
    },
  })
  return (
    <Card
      title="Unmapped calls"
      action={
        <Button isPending={change.isPending} onClick={() => change.mutate(other)}>
          {other === 'refuse' ? 'Refuse unmapped calls' : 'Let unmapped calls out'}
        </Button>
      }
    >
      <p>{meanings[unmappedCalls]}</p>
      {change.error && <Failure error={change.error} />}
      <AsCommand command={`mtls settings set --unmapped-calls ${other}`} />
    </Card>
  )
}
