import type { CertificateDetails } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { changesOfQuery, mappingsOfQuery } from '../../api/certificate-parts.ts'
import { clientOf } from '../../api/page-client.ts'
import { useMissingScope } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { text, useFilters } from '../../routing/filters.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { HandshakePicture } from '../../ui/handshake-picture.tsx'
import { Loading } from '../../ui/loading.tsx'
import { isOfUnknownCa, PrivateCaField, trustOf } from '../../ui/private-ca-field.tsx'

const readers = { url: text }

type Version = 'current' | 'staged'

interface Tried {
  readonly url: string
  /** PEM. */
  readonly privateCa: string
  readonly version: Version
}

/** Calls a url with the certificate, without mapping it. */
export function TrialCard({ certificate }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  const queries = useQueryClient()
  const { id, name, staged } = certificate
  const { data: mappings } = useQuery(mappingsOfQuery(accountId, id))
  const mapped = mappings?.body.find(({ url }) => !url.includes('*'))?.url ?? ''
  const asked = useFilters(readers).filters.url
  const [typedUrl, setUrl] = useState(asked)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (asked !== undefined) place.current?.scrollIntoView()
  }, [asked])
  const [privateCa, setPrivateCa] = useState('')
  const [version, setVersion] = useState<Version>('current')
  const missingScope = useMissingScope('mtls:write')
  const url = typedUrl ?? mapped
  const { mutate, data, variables, error, isPending } = useMutation({
    mutationFn: async (tried: Tried) => {
      const body = { url: tried.url, version: tried.version, targetTrust: trustOf(tried.privateCa) }
      return (await clientOf(accountId).tryCertificate({ certificateId: id, body })).body
    },
    // The use of the key is in the audit.
    onSettled: () => queries.invalidateQueries({ queryKey: changesOfQuery(accountId, id).queryKey }),
  })
  const urlFault = faultOf(error, 'url', 'TARGET_URL_NOT_HTTPS', 'TARGET_URL_NOT_CANONICAL')
  const caFault = faultOf(error, 'caCertificates', 'TARGET_TRUST_EMPTY', 'TARGET_TRUST_UNUSABLE')
  const hasNext = staged !== undefined && staged.status === 'Available'
  return (
    <div ref={place}>
      <Card title="Try it at a target">
        <Form
          onSubmit={() => mutate({ url, privateCa, version })}
          error={error}
          missingScope={missingScope}
          isPlaced={arePlaced({ urlFault, caFault })}
          actions={
            <Button
              type="submit"
              isPending={isPending}
              disabledReason={missingScope ?? (url === '' ? 'Type the url of a target first.' : undefined)}
            >
              Call the target
            </Button>
          }
        >
          <TextField
            label="Url of the target"
            type="url"
            hint="One HEAD request with this certificate. Nothing is mapped or stored."
            placeholder="https://bank.example/token"
            value={url}
            error={urlFault}
            onChange={(event) => setUrl(event.target.value)}
          />
          {hasNext && (
            <SelectField
              label="Version"
              value={version}
              onChange={(event) => setVersion(event.target.value === 'staged' ? 'staged' : 'current')}
            >
              <option value="current">The one in use</option>
              <option value="staged">The next one, which is staged</option>
            </SelectField>
          )}
          <PrivateCaField
            url={url}
            value={privateCa}
            error={caFault}
            isSuggested={isOfUnknownCa(data?.error)}
            onChange={setPrivateCa}
          />
        </Form>
        <div role="status" aria-label="Result of the call">
          {isPending ? (
            <Loading label="Calling the target" />
          ) : (
            data && (
              <HandshakePicture
                url={variables?.url ?? ''}
                outcome={data}
                chain={variables?.version === 'staged' ? staged?.chain : certificate.chain}
              />
            )
          )}
        </div>
        <AsCommand command={commandOf(name, { url, privateCa, version })} />
      </Card>
    </div>
  )
}

function commandOf(name: string, { url, privateCa, version }: Tried): string {
  return [
    `mtls try ${shellWord(name)} ${shellWord(url === '' ? 'https://bank.example/token' : url)}`,
    version === 'staged' ? '--staged' : '',
    privateCa.trim() === '' ? '' : '--target-trust target-ca.pem',
  ]
    .filter((word) => word !== '')
    .join(' ')
}
