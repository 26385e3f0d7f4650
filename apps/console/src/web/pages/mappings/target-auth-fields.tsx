import type { TargetAuth } from '@mtls-gateway/contract'
import { type ClientAuthMethod, clientAuthMethods, needsClientSecret } from '@mtls-gateway/domain/words'
import type { ReactNode } from 'react'
import { actorName } from '../../format/actor-name.ts'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { Fold } from '../../ui/fold.tsx'
import { Time } from '../../ui/time.tsx'
import { headerFaults, mappingFaults } from './mapping-faults.ts'
import { NamedValues } from './named-values.tsx'
import { type AuthDraft, isByAssertion, mostHeaders, mostParameters } from './target-auth-draft.ts'

export interface TargetAuthFieldsProps {
  readonly draft: AuthDraft
  /** What the mapping has now, without its secrets. */
  readonly stored: TargetAuth | undefined
  readonly error: Error | null
  readonly onChange: (change: Partial<AuthDraft>) => void
  /** Tries a token, where one is asked for. */
  readonly children?: ReactNode
}

/** What calls of a mapping have besides the certificate. Secrets go in, and are never shown. */
export function TargetAuthFields({ draft, stored, error, onChange, children }: TargetAuthFieldsProps) {
  const ofHeaders = headerFaults(error)
  const { authType, headers } = draft
  const choose = (value: string) => {
    if (value === 'headers') {
      onChange({ authType: value, headers: headers.length === 0 ? [{ name: '', value: '' }] : headers })
    } else onChange({ authType: value === 'oauth2' ? value : '' })
  }
  const isReplaced = stored !== undefined && stored.type !== authType
  return (
    <Fold title="What the target wants besides the certificate" isNeeded={authType !== ''}>
      <SelectField
        label="Calls also have"
        hint={isReplaced ? 'What is stored now is deleted when you save.' : undefined}
        value={authType}
        error={mappingFaults(error).authType}
        onChange={(event) => choose(event.target.value)}
      >
        <option value="">Nothing else</option>
        <option value="oauth2">An access token (OAuth 2, client credentials)</option>
        <option value="headers">Header fields with stored values</option>
      </SelectField>
      {authType === 'oauth2' && <TokenFields draft={draft} stored={stored} error={error} onChange={onChange} />}
      {authType === 'oauth2' && children}
      {authType === 'headers' && (
        <NamedValues
          title="Header fields"
          nameLabel="Header field"
          most={mostHeaders}
          isSecret
          rows={headers}
          faultOf={(index, part) => ofHeaders[`headers.${index}.${part === 'name' ? 'name' : 'secret'}`]}
          hintOf={({ name }, index) => {
            const kept = stored?.headers?.find((header) => header.name.toLowerCase() === name.trim().toLowerCase())
            return <SecretHint kept={kept} isAsked={ofHeaders[`headers.${index}.secret`] !== undefined} />
          }}
          whyNotEmpty="Choose “Nothing else” above to remove the last one."
          onChange={(changed) => onChange({ headers: changed })}
        />
      )}
    </Fold>
  )
}

const methods: Readonly<Record<ClientAuthMethod, string>> = {
  tls_client_auth: 'by the certificate, from a CA',
  self_signed_tls_client_auth: 'by the certificate itself, self-signed',
  client_secret_basic: 'by a secret, in the header',
  client_secret_post: 'by a secret, in the form',
  private_key_jwt: 'by a signature, with a key of the account',
}

/** A token is asked for over the same certificate, so one that is bound to it fits. */
function TokenFields({ draft, stored, error, onChange }: TargetAuthFieldsProps) {
  const faults = mappingFaults(error)
  const { tokenUrl, clientId, method, issuer, assertionAudience, clientSecret, scope, parameters } = draft
  // The gateway says which one it is only in its sentence.
  const named = parameters.findIndex(({ name }) => faults.parameters?.includes(`"${name.trim()}"`))
  const wrong = Math.max(named, 0)
  return (
    <>
      <TextField
        label="Token endpoint"
        inputMode="url"
        placeholder="https://auth.bank.example/token"
        hint="Some servers have another one for clients with a certificate: “mtls_endpoint_aliases” in their metadata."
        value={tokenUrl}
        error={faults.tokenUrl}
        onChange={(event) => onChange({ tokenUrl: event.target.value })}
      />
      <TextField
        label="Client id"
        value={clientId}
        error={faults.clientId}
        onChange={(event) => onChange({ clientId: event.target.value })}
      />
      <SelectField
        label="How the client shows who it is"
        value={method}
        error={faults.method}
        onChange={(event) =>
          onChange({ method: clientAuthMethods.find((each) => each === event.target.value) ?? method })
        }
      >
        {clientAuthMethods.map((each) => (
          <option key={each} value={each}>{`${each}: ${methods[each]}`}</option>
        ))}
      </SelectField>
      {needsClientSecret(method) && (
        <TextField
          type="password"
          label="Secret of the client"
          hint={
            <SecretHint kept={stored?.hasSecret ? stored : undefined} isAsked={faults.clientSecret !== undefined} />
          }
          value={clientSecret}
          error={faults.clientSecret}
          onChange={(event) => onChange({ clientSecret: event.target.value })}
        />
      )}
      {isByAssertion(method) && (
        <>
          <CheckField
            label="The server wants to be named by its token endpoint"
            checked={assertionAudience === 'tokenUrl'}
            onChange={(event) => onChange({ assertionAudience: event.target.checked ? 'tokenUrl' : 'issuer' })}
          />
          {assertionAudience === 'issuer' && (
            <TextField
              label="Issuer"
              inputMode="url"
              hint="The server as it names itself, to the letter: “issuer” in its metadata. The signature is for it alone."
              value={issuer}
              error={faults.issuer}
              onChange={(event) => onChange({ issuer: event.target.value })}
            />
          )}
        </>
      )}
      <TextField
        label="Scope"
        hint="Separated by spaces. Empty: what the endpoint gives by default."
        value={scope}
        error={faults.scope}
        onChange={(event) => onChange({ scope: event.target.value })}
      />
      <NamedValues
        title="More parameters of the request"
        nameLabel="Parameter"
        most={mostParameters}
        rows={parameters}
        faultOf={(index, part) => (part === 'name' && index === wrong ? faults.parameters : undefined)}
        onChange={(changed) => onChange({ parameters: changed })}
      />
    </>
  )
}

interface SecretHintProps {
  readonly kept: Pick<TargetAuth, 'secretSetAt' | 'secretSetBy'> | undefined
  /** It is needed again. */
  readonly isAsked: boolean
}

/** Since when a secret is stored, and who has sent it. */
function SecretHint({ kept, isAsked }: SecretHintProps) {
  const { secretSetAt, secretSetBy } = kept ?? {}
  if (secretSetAt === undefined) return 'The gateway stores it, and never shows it again.'
  return (
    <>
      Set <Time at={secretSetAt} />
      {secretSetBy && ` by ${actorName(secretSetBy)}`}.
      {!isAsked && ' Leave it empty to keep it, or type another one to replace it.'}
    </>
  )
}
