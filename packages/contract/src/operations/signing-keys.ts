import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { signingKeyRoutes } from '../routes.ts'
import { pageQuerySchema } from '../schemas/page.ts'
import { jwks, repeatedSigningKey, signingKey, signingKeyRequest } from '../schemas/signing-key.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { either } from './credentials.ts'

const tag = 'signing keys'
const kid = 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U'
const jwk = {
  ...{ kty: 'EC', kid, use: 'sig', alg: 'ES256', crv: 'P-256' },
  x: 'WKn-ZIGevcwGIyyrzFoZNBdaq9_TsqzGl96oc0CWuis',
  y: 'y77t-RvAHRKTsSGdIYUfweuOvwrvDD-Q3Hv5J0fSKbE',
}
const example = {
  ...{ kid, use: 'client-authentication', algorithm: 'ES256', state: 'active', jwk },
  createdAt: '2026-02-01T09:30:00.000Z',
  createdBy: 'https://login.example#alice',
  activatedAt: '2026-02-01T09:30:00.000Z',
  retiredAt: null,
}
const one = { json: signingKey, repeated: repeatedSigningKey, example }

export const signingKeyOperations = operationsById(signingKeyRoutes, {
  createSigningKey: {
    tag,
    summary: 'Create a signing key',
    description:
      'The key is made by the gateway, and its private part never leaves it. The first of a use signs at once; another waits for its activation.',
    credentials: either('mtls:write'),
    changes: true,
    body: { json: signingKeyRequest, example: { use: 'client-authentication' } },
    answers: { 201: { description: 'The key', ...one } },
    problems: ['TOO_MANY_SIGNING_KEYS'],
  },
  listSigningKeys: {
    tag,
    summary: 'List signing keys',
    credentials: either('mtls:read'),
    query: pageQuerySchema,
    answers: {
      200: {
        description: 'The signing keys of the account, or a page of them; never a private part',
        json: z.array(signingKey),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [example],
      },
    },
  },
  activateSigningKey: {
    tag,
    summary: 'Sign with another key',
    description:
      'The key signs from then on, and the one of the same use that did retires. A retired key can be activated again.',
    credentials: either('mtls:write'),
    changes: true,
    answers: { 200: { description: 'The key as it is now', ...one }, 202: waitsForApproval },
    problems: [...approvalCodes, 'SIGNING_KEY_NOT_FOUND', 'SIGNING_KEY_IN_USE'],
  },
  deleteSigningKey: {
    tag,
    summary: 'Delete a signing key',
    description: 'The key leaves the key set. An active one can be deleted only if no mapping needs it.',
    credentials: either('mtls:write'),
    changes: true,
    answers: { 200: { description: 'The key as it was', ...one } },
    problems: ['SIGNING_KEY_NOT_FOUND', 'SIGNING_KEY_IN_USE'],
  },
  getJwks: {
    tag,
    summary: 'Get the key set of an account',
    description:
      'Without credentials, for authorization servers and targets: the public parts of all signing keys, where the setting `publishKeys` is on. It may be kept for 5 minutes.',
    credentials: 'none',
    headers: { 'If-None-Match': { description: 'The `ETag` of a key set: 304 if that is still the current one' } },
    answers: {
      200: {
        description: 'A JWK set',
        json: jwks,
        type: 'application/jwk-set+json',
        headers: ['ETag'],
        example: { keys: [jwk] },
      },
      304: { description: 'It has not changed', headers: ['ETag'] },
    },
    problems: ['NOT_FOUND', 'STORE_UNAVAILABLE', 'STORE_DAMAGED', 'STORE_NEWER'],
  },
})
