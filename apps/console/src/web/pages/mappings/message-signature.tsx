import {
  algorithmsOfScheme,
  digestAlgorithms,
  type SignatureScheme,
  signatureSchemes,
} from '@mtls-gateway/domain/words'
import { CertificateField } from '../../ui/certificate-field.tsx'
import { CheckField, SelectField, TextField } from '../../ui/field.tsx'
import { Fold } from '../../ui/fold.tsx'
import { mappingFaults } from './mapping-faults.ts'
import { algorithmOf, mostMembers, type SignatureDraft } from './message-signature-draft.ts'
import { NamedValues } from './named-values.tsx'

export interface MessageSignatureProps {
  readonly draft: SignatureDraft
  readonly error: Error | null
  readonly onChange: (change: Partial<SignatureDraft>) => void
}

const schemes: Readonly<Record<SignatureScheme, string>> = {
  cavage: 'With Digest and Signature (Berlin Group)',
  jws: 'As a detached JWS (Open Banking)',
  rfc9421: 'As HTTP message signatures (RFC 9421)',
}

/** How requests of a mapping are signed. */
export function MessageSignature({ draft, error, onChange }: MessageSignatureProps) {
  const { signatureScheme: scheme } = draft
  const faults = mappingFaults(error)
  return (
    <Fold title="How requests to the target are signed" isNeeded={scheme !== ''}>
      <SelectField
        label="Requests are signed"
        value={scheme}
        error={faults.signatureScheme}
        onChange={({ target: { value } }) =>
          onChange({ signatureScheme: signatureSchemes.find((each) => each === value) ?? '' })
        }
      >
        <option value="">Not at all</option>
        {signatureSchemes.map((each) => (
          <option key={each} value={each}>
            {schemes[each]}
          </option>
        ))}
      </SelectField>
      {scheme !== '' && (
        <>
          <CheckField
            label="Sign with a key of the account"
            hint="The active one for messages on the page Signing keys. The target finds it in your key set."
            checked={draft.signsBySigningKey}
            onChange={(event) => onChange({ signsBySigningKey: event.target.checked })}
          />
          {!draft.signsBySigningKey && (
            <CertificateField
              label="Certificate that signs"
              hint="Such as a seal (QSealC). Its version in use signs."
              placeholder="The one that calls present"
              value={draft.signatureCertificate}
              error={faults.signatureCertificate}
              onChange={(signatureCertificate) => onChange({ signatureCertificate })}
            />
          )}
          <SelectField
            label="Algorithm"
            value={algorithmOf(draft)}
            error={faults.signatureAlgorithm}
            onChange={({ target: { value } }) =>
              onChange({ signatureAlgorithm: algorithmsOfScheme(scheme).find((each) => each === value) ?? '' })
            }
          >
            <option value="">One that fits the key</option>
            {algorithmsOfScheme(scheme).map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </SelectField>
          <TextField
            label="Key id"
            hint="How the target finds the key. Empty: as the certificate or the key set names it."
            value={draft.signatureKeyId}
            error={faults.signatureKeyId}
            onChange={(event) => onChange({ signatureKeyId: event.target.value })}
          />
          {scheme === 'jws' ? (
            <JwsFields draft={draft} error={error} onChange={onChange} />
          ) : (
            <SignedNames draft={draft} error={error} onChange={onChange} />
          )}
        </>
      )}
    </Fold>
  )
}

/** What of a request is signed. */
function SignedNames({ draft, error, onChange }: MessageSignatureProps) {
  const faults = mappingFaults(error)
  return (
    <>
      {draft.signatureScheme === 'cavage' ? (
        <TextField
          label="What is signed"
          placeholder="(request-target), date, digest"
          hint="(request-target) and header fields, in this order. A call that lacks one is refused; only a date is added."
          value={draft.signedHeaders}
          error={faults.signedHeaders}
          onChange={(event) => onChange({ signedHeaders: event.target.value })}
        />
      ) : (
        <TextField
          label="What is signed"
          placeholder="@method, @target-uri, content-digest"
          hint="Parts such as @method and @path, and header fields, in this order. A call that lacks one is refused; only a date is added."
          value={draft.signedComponents}
          error={faults.signedComponents}
          onChange={(event) => onChange({ signedComponents: event.target.value })}
        />
      )}
      <TextField
        label="Signed if present"
        placeholder="psu-id"
        hint="Header fields that are signed where a call has them."
        value={draft.optionalHeaders}
        error={faults.optionalHeaders}
        onChange={(event) => onChange({ optionalHeaders: event.target.value })}
      />
      <SelectField
        label="Digest of the body"
        value={draft.signatureDigest}
        error={faults.signatureDigest}
        onChange={({ target: { value } }) =>
          onChange({ signatureDigest: digestAlgorithms.find((each) => each === value) ?? '' })
        }
      >
        <option value="">By default: sha-256</option>
        {digestAlgorithms.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </SelectField>
    </>
  )
}

function JwsFields({ draft, error, onChange }: MessageSignatureProps) {
  const faults = mappingFaults(error)
  // The gateway says which one it is only in its sentence.
  const named = draft.protectedMembers.findIndex(({ name }) => faults.protectedMembers?.includes(`"${name.trim()}"`))
  const wrong = Math.max(named, 0)
  return (
    <>
      <TextField
        label="Header field of the signature"
        placeholder="x-jws-signature"
        value={draft.signatureHeaderName}
        error={faults.signatureHeaderName}
        onChange={(event) => onChange({ signatureHeaderName: event.target.value })}
      />
      <CheckField
        label="Sign the body as it is"
        hint="Without base64url: “b64” is false (RFC 7797)."
        checked={draft.unencodedPayload}
        onChange={(event) => onChange({ unencodedPayload: event.target.checked })}
      />
      <TextField
        label="Member with the time of signing"
        placeholder="http://openbanking.org.uk/iat"
        hint="Of the protected header. Empty: there is none."
        value={draft.signatureIssuedAt}
        error={faults.signatureIssuedAt}
        onChange={(event) => onChange({ signatureIssuedAt: event.target.value })}
      />
      <NamedValues
        title="More members of the protected header"
        nameLabel="Member"
        most={mostMembers}
        rows={draft.protectedMembers}
        faultOf={(index, part) => (part === 'name' && index === wrong ? faults.protectedMembers : undefined)}
        onChange={(protectedMembers) => onChange({ protectedMembers })}
      />
    </>
  )
}
