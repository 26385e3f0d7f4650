import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, fingerprint, id, pem, sentId, sentName } from './fields.ts'

/** Unknown fields are refused, and nothing has a default: whoever hands over says what and until when. */
export const handoverRequest = z
  .strictObject({
    label: sentName.meta({ description: 'Whom it is for; the audit trail names their answer so' }),
    mappings: z.array(sentId).max(limits.handoverMappings).meta({
      description: 'Those of the certificate that the owner of the target is asked about; with none, it is only shown',
    }),
    expiresAt: z.iso.datetime({ offset: true }).meta({
      description: `In the future, by at most ${limits.handoverDays} days`,
    }),
  })
  .meta({ id: 'HandoverRequest' })
export type HandoverRequest = z.output<typeof handoverRequest>

const registeredMapping = z
  .strictObject({ id, url: z.string(), registeredAt: dateTime.nullable() })
  .meta({ id: 'RegisteredMapping', description: 'Null: the owner of the target has not registered what comes next' })

export const handover = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    mappings: z.array(registeredMapping),
    note: z.string().nullable().meta({ description: 'Of whoever has the link' }),
    createdAt: dateTime,
    createdBy: z.string().meta({ description: 'As the audit trail names them' }),
    expiresAt: dateTime,
    openedAt: dateTime.nullable().meta({ description: 'Null: the link was never opened' }),
  })
  .meta({ id: 'Handover' })

export const createdHandover = handover
  .extend({
    code: z.string().meta({ description: 'Opens the handover until it expires; shown this once' }),
    link: z.string().nullable().meta({
      description: 'Opens its page with the code; null where config-api knows of no console (`CONSOLE_URL`)',
    }),
  })
  .meta({ id: 'CreatedHandover' })

/** To a request that was made before: never the code. */
export const repeatedHandover = z.union([handover, z.strictObject({ id: z.string(), deleted: z.literal(true) })])

const code = z.string().min(1).max(limits.invitationCode)

export const handoverOpening = z.strictObject({ code }).meta({ id: 'HandoverOpening' })
export type HandoverOpening = z.output<typeof handoverOpening>

export const handoverAnswer = z
  .strictObject({
    code,
    fingerprintSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'What was registered: what comes next, or else what is in use' }),
    mappings: z.array(sentId).max(limits.handoverMappings).meta({ description: 'Where it is registered now' }),
    note: z.string().max(limits.handoverNote).optional().meta({ description: 'Takes the place of the one before' }),
  })
  .meta({ id: 'HandoverAnswer' })
export type HandoverAnswer = z.output<typeof handoverAnswer>

const registeredCertificate = z
  .strictObject({
    subject: z.string(),
    isRoot: z.boolean().meta({ description: 'It has signed itself, and stands above the leaf' }),
    pem,
  })
  .meta({ id: 'RegisteredCertificate' })

const versionFacts = z
  .strictObject({
    fingerprintSha1: z.string().meta({ description: 'SHA-1 of the DER, in lower-case hex' }),
    fingerprintSha256: fingerprint,
    serialNumber: z.string().meta({ description: 'In lower-case hex' }),
    serialNumberDecimal: z.string(),
    subject: z.string().meta({ description: 'As RFC 4514 has it, most specific part first' }),
    subjectInOrder: z.string().meta({ description: 'As OpenSSL prints it, in the order of the encoding' }),
    issuer: z.string(),
    issuerInOrder: z.string(),
    subjectAltNames: z.array(z.string()),
    keyType: z.string(),
    notBefore: dateTime,
    notAfter: dateTime,
    publicKeyPin: z.string().meta({ description: '`sha256/` and the SHA-256 of the public key as base64' }),
    certificates: z.array(registeredCertificate).min(1).meta({ description: 'The leaf first' }),
  })
  .meta({ id: 'VersionFacts', description: 'What the owner of a target asks for who registers a client certificate' })

export const registrationFacts = z
  .strictObject({
    current: versionFacts.meta({ description: 'What is in use' }),
    next: versionFacts.nullable().meta({ description: 'What is staged; null: nothing' }),
  })
  .meta({ id: 'RegistrationFacts' })

/** All that whoever has the link is told. */
export const openedHandover = registrationFacts
  .extend({
    label: z.string(),
    expiresAt: dateTime,
    mappings: z.array(registeredMapping),
    note: z.string().nullable(),
  })
  .meta({ id: 'OpenedHandover' })

export type Handover = WireOf<typeof handover>
export type CreatedHandover = WireOf<typeof createdHandover>
export type VersionFacts = WireOf<typeof versionFacts>
export type RegistrationFacts = WireOf<typeof registrationFacts>
export type OpenedHandover = WireOf<typeof openedHandover>

const exampleFacts: VersionFacts = {
  fingerprintSha1: 'b26c3e7fd19a28c2a5a4a8fc9b60a1bd3a0fa0d6',
  fingerprintSha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
  serialNumber: '5f3a9c01',
  serialNumberDecimal: '1597676545',
  subject: 'CN=client.example, O=Example',
  subjectInOrder: 'O = Example, CN = client.example',
  issuer: 'CN=Example CA',
  issuerInOrder: 'CN = Example CA',
  subjectAltNames: ['DNS:client.example'],
  keyType: 'RSA-2048',
  notBefore: '2026-01-31T00:00:00.000Z',
  notAfter: '2027-01-31T00:00:00.000Z',
  publicKeyPin: 'sha256/n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
  certificates: [
    { subject: 'CN=client.example, O=Example', isRoot: false, pem: '-----BEGIN CERTIFICATE-----\nMIIB...\n' },
  ],
}

export const exampleRegistrationFacts: RegistrationFacts = { current: exampleFacts, next: null }
