import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { handoverRoutes } from '../routes.ts'
import {
  createdHandover,
  exampleRegistrationFacts,
  handover,
  handoverAnswer,
  handoverOpening,
  handoverRequest,
  openedHandover,
  registrationFacts,
  repeatedHandover,
} from '../schemas/handover.ts'
import { pageQuerySchema } from '../schemas/page.ts'
import { either } from './credentials.ts'

const tag = 'handovers'
const id = 'kT3x9QmZ0aVbLr5uYw2JcA'
const code = `mtlshandover_le123.${id}.AVq9...`
const mapping = 4_569_253_110
const asked = { label: 'Anna of Bank', expiresAt: '2026-02-08T09:30:00.000Z' }
const shown = {
  ...asked,
  mappings: [{ id: mapping, url: 'https://bank.example/token', registeredAt: null }],
  note: null,
}
const example = {
  id,
  ...shown,
  createdAt: '2026-02-01T09:30:00.000Z',
  createdBy: 'https://login.example#alice',
  openedAt: null,
}
/** Where the account is read, or an opening noted, for somebody without credentials. */
const openProblems = ['HANDOVER_VOID', 'STORE_DAMAGED', 'TOO_MANY_CALLS'] as const

export const handoverOperations = operationsById(handoverRoutes, {
  createHandover: {
    tag,
    summary: 'Hand a certificate over to the owner of a target',
    description:
      'Makes a link that shows this certificate and nothing else, and takes the answer that it is registered. Its code and link are shown this once.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: handoverRequest, example: { ...asked, mappings: [mapping] } },
    answers: {
      201: {
        description: 'The handover with its code',
        json: createdHandover,
        repeated: repeatedHandover,
        example: { ...example, code, link: `https://console.example/handover#code=${code}` },
      },
    },
    problems: [
      'CERTIFICATE_NOT_FOUND',
      'CERTIFICATE_PENDING_SIGNATURE',
      'MAPPING_NOT_OF_CERTIFICATE',
      'EXPIRY_NOT_IN_FUTURE',
      'EXPIRY_TOO_LATE',
      'TOO_MANY_HANDOVERS',
    ],
  },
  listHandovers: {
    tag,
    summary: 'List the handovers of a certificate',
    credentials: either('mtls:read'),
    query: pageQuerySchema,
    answers: {
      200: {
        description: 'Those that have not expired, or a page of them, with their answers; never a code',
        json: z.array(handover),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [example],
      },
    },
    problems: ['CERTIFICATE_NOT_FOUND'],
  },
  revokeHandover: {
    tag,
    summary: 'Revoke a handover',
    description: 'Its link stops at once. What was answered stays with the mappings.',
    credentials: either('mtls:write'),
    changes: true,
    answers: { 200: { description: 'The handover as it was', json: handover, repeated: repeatedHandover, example } },
    problems: ['CERTIFICATE_NOT_FOUND', 'HANDOVER_NOT_FOUND'],
  },
  getRegistrationFacts: {
    tag,
    summary: 'Get what the owner of a target registers',
    description: 'What a handover shows, for whoever sends it themselves.',
    credentials: either('mtls:read'),
    answers: {
      200: {
        description: 'The version in use, and the staged one',
        json: registrationFacts,
        example: exampleRegistrationFacts,
      },
    },
    problems: ['CERTIFICATE_NOT_FOUND', 'CERTIFICATE_PENDING_SIGNATURE'],
  },
  openHandover: {
    tag,
    summary: 'Open a handover',
    description: 'Without credentials: shows the certificate to whoever has the code, until it expires or is revoked.',
    credentials: 'none',
    body: { json: handoverOpening, example: { code } },
    answers: {
      200: {
        description: 'The certificate, and what is asked about it',
        json: openedHandover,
        example: { ...exampleRegistrationFacts, ...shown },
      },
    },
    problems: openProblems,
  },
  answerHandover: {
    tag,
    summary: 'Answer a handover',
    description: 'Without credentials: whoever has the code says at which targets the certificate is registered.',
    credentials: 'none',
    body: {
      json: handoverAnswer,
      example: {
        code,
        fingerprintSha256: exampleRegistrationFacts.current.fingerprintSha256,
        mappings: [mapping],
        note: 'Live since noon.',
      },
    },
    answers: {
      200: {
        description: 'As it is shown from now on',
        json: openedHandover,
        example: { ...exampleRegistrationFacts, ...shown },
      },
    },
    problems: [
      ...openProblems,
      'MAPPING_NOT_OF_CERTIFICATE',
      'VERSION_CHANGED',
      'ACCOUNT_BUSY',
      'ACCOUNT_FULL',
      'STORE_REFUSED',
      'STORE_NOT_WRITABLE',
    ],
  },
})
