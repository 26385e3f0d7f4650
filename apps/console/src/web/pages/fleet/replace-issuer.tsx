import type { Replacement, ReplacementRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { certificatesKey } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { useChange } from '../../api/use-change.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CheckField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { Breakable } from '../../ui/long-text.tsx'
import type { CountRow } from './count-table.tsx'

type Difference = NonNullable<ReplacementRequest['accepts']>[number]

/** What the next certificates of another CA usually differ in. */
const acceptable: readonly { readonly code: Difference; readonly label: string; readonly hint: string }[] = [
  { code: 'ISSUER_DIFFERS', label: 'Accept another issuer', hint: 'Where the next certificates come from another CA.' },
  { code: 'EXPIRES_EARLIER', label: 'Accept an earlier expiry', hint: 'Where the next certificates last less long.' },
]

/** Asks before all certificates of an issuer are renewed by their plans. */
export function ReplaceIssuer({ of: { name: issuer, certificates, mappings }, onClose }: ReplaceIssuerProps) {
  const accountId = useAccountId()
  const [, go] = useLocation()
  const [accepts, setAccepts] = useState<readonly Difference[]>([])
  const replace = useChange({
    change: (body: ReplacementRequest, idempotencyKey) =>
      clientOf(accountId).replaceAllOfIssuer({ body, idempotencyKey }),
    changes: [certificatesKey(accountId)],
    onDone: ({ body: { issuedBefore } }: { readonly body: Replacement }) =>
      go(paths.replacement(accountId, { issuer, issuedBefore, of: certificates })),
  })
  const accept = (code: Difference, isAccepted: boolean) =>
    setAccepts(isAccepted ? [...accepts, code] : accepts.filter((each) => each !== code))
  return (
    <Dialog title="Replace all of an issuer" place="side" onClose={onClose}>
      <Form
        onSubmit={() => replace.mutate({ issuer, accepts: [...accepts] })}
        error={replace.error}
        actions={
          <>
            <Button type="submit" look="primary" isPending={replace.isPending}>
              Renew them now
            </Button>
            <Button onClick={onClose}>Cancel</Button>
          </>
        }
      >
        <p>
          <Breakable text={issuer} /> has issued {certificates.toLocaleString('en')} of the certificates in use, with{' '}
          {mappings.toLocaleString('en')} mappings. Those that an issuer renews by a plan are renewed now, with all
          steps of their plans. You replace the others: the next page lists them.
        </p>
        {acceptable.map(({ code, label, hint }) => (
          <CheckField
            key={code}
            label={label}
            hint={`${hint} Otherwise their plans wait for somebody to compare them.`}
            checked={accepts.includes(code)}
            onChange={(event) => accept(code, event.target.checked)}
          />
        ))}
      </Form>
      <AsCommand
        command={[
          `mtls certificates replace --issuer ${shellWord(issuer)}`,
          ...accepts.map((code) => `--accept ${code}`),
          '--wait',
        ].join(' ')}
      />
    </Dialog>
  )
}

export interface ReplaceIssuerProps {
  readonly of: CountRow
  readonly onClose: () => void
}
