import type { Mapping, TokenTest as Tested } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { useMutation, useQuery } from '@tanstack/react-query'
import { certificateQuery } from '../../api/certificates.ts'
import { clientOf } from '../../api/page-client.ts'
import { configQuery, useMissingScope } from '../../api/session.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Failure } from '../../ui/failure.tsx'
import { KeyText } from '../../ui/key-text.tsx'
import { Loading } from '../../ui/loading.tsx'
import { LongText } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './token-test.module.css'

export interface TokenTestProps {
  readonly mapping: Mapping
  /** The form says something else than what the gateway has stored. */
  readonly isChanged: boolean
}

/** What the token endpoint of a mapping says when it is asked as for a call. The token is neither shown nor kept. */
export function TokenTest({ mapping, isChanged }: TokenTestProps) {
  const { data: config } = useQuery(configQuery)
  if (config === undefined || mapping.targetAuth?.type !== 'oauth2') return null
  const command = `mtls token ${shellWord(mapping.name)}`
  if (config.asksForTokens) return <AskForToken mapping={mapping} isChanged={isChanged} command={command} />
  return (
    <>
      <p>To see what the token endpoint says, ask it for a token on the command line:</p>
      <Code text={command} label="the command for a token" />
    </>
  )
}

function AskForToken({ mapping, isChanged, command }: TokenTestProps & { readonly command: string }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:write')
  const { data: certificate } = useQuery(certificateQuery(accountId, mapping.certificationId))
  const { mutate, data, variables, error, isPending } = useMutation({
    mutationFn: async (version: 'current' | 'staged') => {
      const asked = { mappingId: String(mapping.id), query: { version } }
      return (await clientOf(accountId).testToken(asked)).body
    },
    gcTime: 0,
  })
  const reason = missingScope ?? (isChanged ? 'Save your changes first: it asks with what is stored.' : undefined)
  const hasStaged = certificate?.body.staged !== undefined
  return (
    <div className={styles.test}>
      <div className={styles.buttons}>
        <Button
          isPending={isPending && variables === 'current'}
          disabledReason={reason}
          onClick={() => mutate('current')}
        >
          Get a token now
        </Button>
        <Button
          isPending={isPending && variables === 'staged'}
          disabledReason={reason ?? (hasStaged ? undefined : 'The certificate has no staged version.')}
          onClick={() => mutate('staged')}
        >
          Get one with the staged version
        </Button>
      </div>
      <div role="status" aria-label="What the token endpoint said" className={styles.result}>
        {isPending && <Loading label="Asking for a token" />}
        {!isPending && error !== null && <Failure error={error} />}
        {!isPending && data !== undefined && <Said tested={data} />}
      </div>
      <AsCommand command={variables === 'staged' ? `${command} --staged` : command} />
    </div>
  )
}

const bindings: Readonly<Record<NonNullable<Tested['token']>['binding'], string>> = {
  'presented-certificate': 'the presented certificate',
  'other-certificate': 'another certificate',
  none: 'no certificate: whoever has it can use it',
  opaque: 'not known, as it is no JWT',
}

function Said({ tested }: { readonly tested: Tested }) {
  const { tokenUrl, presentedCertificate, durationMs, tokenEndpoint, token, explanation, error } = tested
  const { status, error: name, errorDescription } = tokenEndpoint
  const answer = [status, name, errorDescription].filter((part) => part !== undefined).join(' ')
  return (
    <>
      <Notice tone={error === null ? 'good' : 'bad'} title={explanation}>
        {error === null ? undefined : <small>{error.code}</small>}
      </Notice>
      <Facts
        facts={{
          Endpoint: <LongText text={tokenUrl} />,
          'Certificate shown': <KeyText text={presentedCertificate} />,
          Answer: `${answer === '' ? 'none' : answer}, after ${durationMs} ms`,
          Lifetime: token ? lifetimeOf(token) : undefined,
          Scope: token?.scope ?? undefined,
          'Bound to': token ? bindings[token.binding] : undefined,
        }}
      />
    </>
  )
}

function lifetimeOf({ lifetimeSeconds }: NonNullable<Tested['token']>): string {
  return lifetimeSeconds === null ? 'The endpoint has not said.' : `${lifetimeSeconds} seconds`
}
