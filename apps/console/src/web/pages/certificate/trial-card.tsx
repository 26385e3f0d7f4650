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
import { CallResult } from '../../ui/call-result.tsx'
import { Card } from '../../ui/card.tsx'
import { arePlaced, faultOf } from '../../ui/faults.ts'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Form } from '../../ui/form.tsx'
import { isOfUnknownCa, PrivateCaField, trustOf } from '../../ui/private-ca-field.tsx'
import { emptyTls, type TlsDraft, tlsDraftOf, tlsFaults, tlsOf, tlsWords } from '../../ui/target-tls.ts'
import { TlsFields } from '../../ui/tls-fields.tsx'
import { KeepTls, mappingsOfUrl } from './keep-tls.tsx'

const readers = { url: text }

type Version = 'current' | 'staged'

interface Tried {
  readonly url: string
  /** PEM. */
  readonly privateCa: string
  readonly tls: TlsDraft
  readonly version: Version
}

/** Calls a url with the certificate, without mapping it. */
export function TrialCard({ certificate }: { readonly certificate: CertificateDetails }) {
  const accountId = useAccountId()
  const queries = useQueryClient()
  const { id, name, staged } = certificate
  const mapped = useQuery(mappingsOfQuery(accountId, id)).data?.body ?? []
  const firstUrl = mapped.find((mapping) => !mapping.url.includes('*'))?.url ?? ''
  const asked = useFilters(readers).filters.url
  const [typedUrl, setUrl] = useState(asked)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (asked !== undefined) place.current?.scrollIntoView()
  }, [asked])
  const [privateCa, setPrivateCa] = useState('')
  const [tls, setTls] = useState(emptyTls)
  const [version, setVersion] = useState<Version>('current')
  const missingScope = useMissingScope('mtls:write')
  const url = typedUrl ?? firstUrl
  const tried: Tried = { url, privateCa, tls, version }
  const { mutate, data, variables, error, isPending } = useMutation({
    mutationFn: async (tried: Tried) => {
      const targetTls = tlsOf(tried.tls) ?? undefined
      const body = { url: tried.url, version: tried.version, targetTrust: trustOf(tried.privateCa), targetTls }
      return (await clientOf(accountId).tryCertificate({ certificateId: id, body })).body
    },
    // The use of the key is in the audit.
    onSettled: () => queries.invalidateQueries({ queryKey: changesOfQuery(accountId, id).queryKey }),
  })
  const urlFault = faultOf(error, 'url', 'TARGET_URL_NOT_HTTPS', 'TARGET_URL_NOT_CANONICAL')
  const caFault = faultOf(error, 'caCertificates', 'TARGET_TRUST_EMPTY', 'TARGET_TRUST_UNUSABLE')
  const called = data &&
    variables && {
      url: variables.url,
      outcome: data,
      chain: variables.version === 'staged' ? staged?.chain : certificate.chain,
    }
  const triedTls = variables === undefined ? null : tlsOf(variables.tls)
  const tryTls = (change: Partial<TlsDraft>) => {
    // What the mapping offers already goes on, where nothing else was to be offered.
    const before = tlsOf(tls) === null ? tlsDraftOf(mappingsOfUrl(mapped, url)[0]?.targetTls) : tls
    const next = { ...before, ...change }
    setTls(next)
    mutate({ ...tried, tls: next })
  }
  const hasNext = staged !== undefined && staged.status === 'Available'
  return (
    <div ref={place}>
      <Card title="Try it at a target">
        <Form
          onSubmit={() => mutate(tried)}
          error={error}
          missingScope={missingScope}
          isPlaced={arePlaced({ urlFault, caFault, ...tlsFaults(error) })}
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
            tls={tls}
            value={privateCa}
            error={caFault}
            isSuggested={isOfUnknownCa(data?.error)}
            onChange={setPrivateCa}
          />
          <TlsFields
            draft={tls}
            note="Empty: as a mapping of the url says, if there is one."
            error={error}
            isQuiet
            onChange={(change) => setTls({ ...tls, ...change })}
          />
        </Form>
        <CallResult isPending={isPending} call={called} onTryTls={tryTls}>
          {variables && data?.error === null && triedTls !== null && (
            <KeepTls mappings={mapped} url={variables.url} targetTls={triedTls} />
          )}
        </CallResult>
        <AsCommand command={commandOf(name, tried)} />
      </Card>
    </div>
  )
}

function commandOf(name: string, { url, privateCa, tls, version }: Tried): string {
  return [
    `mtls try ${shellWord(name)} ${shellWord(url === '' ? 'https://bank.example/token' : url)}`,
    version === 'staged' ? '--staged' : '',
    privateCa.trim() === '' ? '' : '--target-trust target-ca.pem',
    ...tlsWords(tls),
  ]
    .filter((word) => word !== '')
    .join(' ')
}
