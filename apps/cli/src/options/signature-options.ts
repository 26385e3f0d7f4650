import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { MessageSignatureRequest } from '@mtls-gateway/contract'
import {
  type DigestAlgorithm,
  digestAlgorithms,
  type SignatureAlgorithm,
  type SignatureScheme,
  signatureAlgorithms,
  signatureSchemes,
} from '@mtls-gateway/contract/choices'
import { CliFailure } from '../cli-failure.ts'
import type { Connection } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { repeatable } from './repeatable.ts'
import { pair } from './target-auth-options.ts'
import { namesIn } from './target-tls-options.ts'

/** No interface: Commander asks for a type with an index signature. */
export type SignatureOptions = {
  readonly signatureScheme?: SignatureScheme | undefined
  readonly signatureCertificate?: string | undefined
  readonly signatureSigningKey?: true | undefined
  readonly signatureAlgorithm?: SignatureAlgorithm | undefined
  readonly signatureKeyId?: string | undefined
  readonly signatureHeaders?: readonly string[] | undefined
  readonly signatureOptionalHeaders?: readonly string[] | undefined
  readonly signatureDigest?: DigestAlgorithm | undefined
  readonly signatureHeaderName?: string | undefined
  readonly signatureUnencoded?: true | undefined
  readonly signatureProtectedHeader: readonly string[]
  readonly signatureIssuedAt?: string | undefined
}

/** The options of commands that say how requests to a target are signed (docs/target-credentials.md). */
export function withSignature<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
): Command<Args, Options & SignatureOptions, Globals> {
  command
    .addOption(
      new Option(
        '--signature-scheme <scheme>',
        'sign requests: with a Digest, as a detached JWS, or by RFC 9421',
      ).choices(signatureSchemes),
    )
    .option(
      '--signature-certificate <certificate>',
      'id or name of the certificate that signs, unless it is the mapping’s',
    )
    .addOption(
      new Option(
        '--signature-signing-key',
        'sign with the account’s key for message-signature, instead of a certificate',
      ).conflicts('signatureCertificate'),
    )
    .addOption(
      new Option('--signature-algorithm <name>', 'of the scheme; one that fits the key unless given').choices(
        signatureAlgorithms,
      ),
    )
    .option('--signature-key-id <id>', 'how the target finds the key; by the certificate or the key’s kid unless given')
    .option(
      '--signature-headers <names>',
      'what is signed, separated by commas; of RFC 9421, @method and others, too',
      namesIn,
    )
    .option('--signature-optional-headers <names>', 'header fields that are signed where a call has them', namesIn)
    .addOption(
      new Option('--signature-digest <algorithm>', 'of the body; sha-256 unless given').choices(digestAlgorithms),
    )
    .option('--signature-header-name <name>', 'header field for a JWS; x-jws-signature unless given')
    .option('--signature-unencoded', 'have a JWS sign the body as it is (RFC 7797)')
    .addOption(
      repeatable('--signature-protected-header <name=value>', 'member of the protected header of a JWS', String),
    )
    .option('--signature-issued-at <name>', 'member of the protected header of a JWS that says when it was signed')
  // As the methods would say it, in a type that the compiler finds too long.
  return command as Command<Args, Options & SignatureOptions, Globals>
}

/** The names of the options, as commander has them. */
export const signatureOptionNames = [
  ...['signatureScheme', 'signatureCertificate', 'signatureSigningKey', 'signatureAlgorithm'],
  ...['signatureKeyId', 'signatureHeaders'],
  ...['signatureOptionalHeaders', 'signatureDigest', 'signatureHeaderName', 'signatureUnencoded'],
  ...['signatureProtectedHeader', 'signatureIssuedAt'],
]

/**
 * With the certificate as it was given, for {@link withCertificateId}. Undefined where no option says anything.
 * @throws CliFailure
 */
export function readSignature(options: SignatureOptions): MessageSignatureRequest | undefined {
  const { signatureScheme: scheme, signatureCertificate, signatureProtectedHeader } = options
  const given = {
    ...(options.signatureSigningKey && { signingKey: true }),
    ...(options.signatureAlgorithm && { algorithm: options.signatureAlgorithm }),
    ...(options.signatureKeyId && { keyId: options.signatureKeyId }),
    ...(options.signatureHeaders && {
      [scheme === 'rfc9421' ? 'components' : 'headers']: [...options.signatureHeaders],
    }),
    ...(options.signatureOptionalHeaders && { optionalHeaders: [...options.signatureOptionalHeaders] }),
    ...(options.signatureDigest && { digest: options.signatureDigest }),
    ...(options.signatureHeaderName && { headerName: options.signatureHeaderName }),
    ...(options.signatureUnencoded && { unencodedPayload: true }),
    ...(signatureProtectedHeader.length > 0 && {
      protectedHeader: Object.fromEntries(
        signatureProtectedHeader.map((text) => pair('--signature-protected-header', text)),
      ),
    }),
    ...(options.signatureIssuedAt && { issuedAt: options.signatureIssuedAt }),
  }
  if (scheme === undefined) {
    if (signatureCertificate === undefined && Object.keys(given).length === 0) return undefined
    throw new CliFailure('wrongUse', 'A signature needs --signature-scheme: cavage, jws or rfc9421.')
  }
  return { scheme, ...(signatureCertificate !== undefined && { certificationId: signatureCertificate }), ...given }
}

/** With the id of the certificate where its name was given. @throws CliFailure, ServiceProblem */
export async function withCertificateId<Signature extends MessageSignatureRequest | null | undefined>(
  connection: Connection,
  signature: Signature,
): Promise<Signature> {
  if (!signature?.certificationId) return signature
  return { ...signature, certificationId: await certificateId(connection, String(signature.certificationId)) }
}
