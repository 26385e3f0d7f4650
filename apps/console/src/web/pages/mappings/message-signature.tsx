import type { Mapping } from '@mtls-gateway/contract'
import { Code } from '../../ui/code.tsx'
import { Facts } from '../../ui/facts.tsx'

/** How requests of a mapping are signed. */
export function MessageSignature({ mapping: { messageSignature } }: { readonly mapping: Mapping }) {
  if (messageSignature === undefined) return null
  const { scheme, certificationId, algorithm, keyId, headers, components, optionalHeaders, digest } = messageSignature
  const { signingKey, headerName, unencodedPayload, protectedHeader, issuedAt } = messageSignature
  return (
    <details open>
      <summary>How requests to the target are signed</summary>
      <Facts
        facts={{
          Scheme: scheme,
          'Certificate that signs': signingKey ? undefined : (certificationId ?? 'that of the mapping'),
          'Key that signs': signingKey && 'the account’s active key for message-signature',
          Algorithm: algorithm,
          'Key id': keyId,
          Signs: (headers ?? components)?.join(' '),
          'Signs if present': optionalHeaders?.join(' '),
          Digest: digest,
          'Header field': headerName,
          Payload: unencodedPayload && 'not encoded',
          ...protectedHeader,
          'Time of signing in': issuedAt,
        }}
      />
      <p>To change it, use the command line or the API:</p>
      <Code text="mtls mappings edit --help" label="the command for signatures" />
    </details>
  )
}
