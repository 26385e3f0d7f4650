import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { planRoutes } from '../routes.ts'
import { certificate, exampleCertificate, examplePending } from '../schemas/certificate.ts'
import { gone } from '../schemas/fields.ts'
import { exampleReplacement, replacement, replacementRequest } from '../schemas/fleet.ts'
import { issueRequest, issuer, pendingIssuance, source } from '../schemas/issuance.ts'
import { examplePlan, plan, planRequest, removedPlan } from '../schemas/plan.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { bearer, either } from './credentials.ts'
import { keyMaterialCodes } from './key-material-codes.ts'
import { proberCodes } from './prober-codes.ts'

const tag = 'renewal'
const shown = {
  description: 'The plan, and where it stands',
  json: plan,
  headers: ['ETag'],
  example: examplePlan,
} as const
const changed = { ...shown, repeated: z.union([plan, removedPlan]) } as const

const issuerCodes = [
  'ISSUER_PROFILE_UNKNOWN',
  'ISSUER_UNREACHABLE',
  'ISSUER_SEALED',
  'ISSUER_FORBIDDEN',
  'ISSUER_ACCOUNT_MISSING',
] as const
const issuedCodes = [
  'ISSUER_REFUSED',
  'ISSUER_EXPIRES_SOON',
  'ISSUER_PENDING_TOO_LONG',
  'ISSUED_NO_CERTIFICATE',
  'ISSUED_OTHER_KEY',
  'ISSUED_OTHER_NAMES',
  'ISSUED_WITHOUT_CLIENT_AUTH',
  'ISSUED_CHAIN_INVALID',
  'ISSUED_NOT_YET_VALID',
  'ISSUED_TOO_SHORT',
] as const

const sourceCodes = [
  'SOURCE_UNKNOWN',
  'SOURCE_UNREADABLE',
  'SOURCE_MISSING',
  'SOURCE_HALF_WRITTEN',
  'SOURCE_OTHER_KEY',
  'SOURCE_OLDER',
] as const

export const planOperations = operationsById(planRoutes, {
  listIssuers: {
    tag,
    summary: 'List issuers',
    description: 'From whom the account may order certificates, and what each fixes and allows.',
    credentials: either('mtls:read'),
    answers: {
      200: {
        description: 'The profiles that the operator has set up for this account',
        json: z.array(issuer),
        example: [
          {
            name: 'internal',
            kind: 'vault-pki',
            description: 'Client certificates of the internal CA',
            keyTypes: ['EC-P256'],
            subject: null,
            lifetimeSeconds: 2_592_000,
          },
        ],
      },
    },
  },
  listSources: {
    tag,
    summary: 'List sources',
    description: 'From where certificates of the account can come with their keys, when somebody renews them there.',
    credentials: either('mtls:read'),
    answers: {
      200: {
        description: 'The sources that the operator has set up for this account',
        json: z.array(source),
        example: [{ name: 'cert-manager', kind: 'folder', description: 'What cert-manager mounts' }],
      },
    },
  },
  downloadIssuerCa: {
    tag,
    summary: "Download an issuer's CA",
    description:
      'What targets have to trust, the root last. The CA of an account is there once something was ordered from it.',
    credentials: either('mtls:read'),
    answers: { 200: { description: 'PEM', text: ['application/x-pem-file'] } },
    problems: [...issuerCodes, 'ISSUER_REFUSED', 'ISSUER_CA_NOT_MADE'],
  },
  issueCertificate: {
    tag,
    summary: 'Order a certificate',
    description:
      'The key is made here and never leaves the store. The certificate gets a plan, by which it also renews itself. Where the issuer does not answer at once, the plan waits for it.',
    credentials: either('mtls:write'),
    changes: true,
    body: {
      json: issueRequest,
      example: { name: 'c1', profile: 'internal', subject: { commonName: 'client.example' }, keyType: 'EC-P256' },
    },
    answers: {
      201: {
        description: 'The certificate, ready to be mapped',
        json: certificate,
        repeated: z.union([certificate, gone, pendingIssuance]),
        headers: ['ETag'],
        example: exampleCertificate,
      },
      202: {
        description: 'The issuer answers later, or could not be asked yet',
        json: pendingIssuance,
        repeated: pendingIssuance,
        example: {
          certificate: examplePending,
          plan: { ...examplePlan, state: 'ordered', next: { step: 'order', at: '2026-02-01T09:31:00.000Z' } },
        },
      },
    },
    problems: ['CERTIFICATE_NAME_TAKEN', 'ISSUER_PROFILE_UNKNOWN', 'KEY_TYPE_UNSUPPORTED', 'SUBJECT_ALT_NAME_INVALID'],
  },
  getPlan: {
    tag,
    summary: 'Get the plan of a certificate',
    credentials: either('mtls:read'),
    answers: { 200: shown },
    problems: ['CERTIFICATE_NOT_FOUND', 'PLAN_NOT_FOUND'],
  },
  setPlan: {
    tag,
    summary: 'Have a certificate renew itself',
    description:
      'Replaces the whole plan: a field that is left out gets its default. An order that is open goes on, but another issuer is sent the same key anew, and a source drops the order.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: planRequest, example: { profile: 'internal', renewAt: 0.66, promote: 'eachTarget' } },
    answers: { 200: changed },
    problems: ['CERTIFICATE_NOT_FOUND', 'ISSUER_PROFILE_UNKNOWN', 'SOURCE_UNKNOWN'],
  },
  removePlan: {
    tag,
    summary: 'Remove the plan of a certificate',
    description:
      'People renew the certificate from then on. An open order is dropped, while a version that has come stays staged. A certificate that is still being ordered for the first time cannot lose its plan.',
    credentials: either('mtls:write'),
    changes: true,
    answers: {
      200: {
        description: 'The plan as it was',
        json: plan,
        repeated: z.union([plan, removedPlan]),
        example: examplePlan,
      },
    },
    problems: ['CERTIFICATE_NOT_FOUND', 'PLAN_NOT_FOUND', 'CERTIFICATE_PENDING_SIGNATURE'],
  },
  runPlan: {
    tag,
    summary: 'Do the next step of a plan now',
    description:
      'Without waiting for its time. While a step of this plan is under way, it waits for its end, for 30 seconds at most. Where the step fails, the answer is the problem, and the plan tries it again later.',
    credentials: either('mtls:write'),
    answers: { 200: shown, 202: waitsForApproval },
    problems: [
      ...approvalCodes,
      ...['CERTIFICATE_NOT_FOUND', 'PLAN_NOT_FOUND', 'PLAN_WAITS', 'VERSION_CHANGED', 'PROMOTION_UNDERWAY'],
      ...['STAGED_PROBE_FAILED', 'STAGED_NOT_YET_VALID', 'NEXT_VERSION_DIFFERS', 'MESSAGE_SIGNATURE_INVALID'],
      ...['ACCOUNT_BUSY', 'ACCOUNT_FULL', 'STORE_REFUSED', 'STORE_NOT_WRITABLE', 'TOO_MANY_CALLS'],
      ...issuerCodes,
      ...issuedCodes,
      ...sourceCodes,
      ...keyMaterialCodes,
      ...proberCodes,
    ] as const,
  },
  replaceAllOfIssuer: {
    tag,
    summary: 'Replace all certificates of an issuer',
    description:
      'Makes the renewal of each due now that an issuer renews by a plan, whatever its age. The plans do the rest. What was asked for before is left as it is.',
    credentials: bearer('mtls:admin'),
    changes: true,
    body: {
      json: replacementRequest,
      example: { issuer: 'CN=Old CA, O=Example', accepts: ['ISSUER_DIFFERS'] },
    },
    answers: {
      200: {
        description: 'What was asked for, and what people have to replace',
        json: replacement,
        example: exampleReplacement,
      },
    },
    problems: ['CERTIFICATE_NOT_FOUND'],
  },
})
