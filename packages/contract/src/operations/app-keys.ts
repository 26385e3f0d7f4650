import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { appKeyRoutes } from '../routes.ts'
import { appKey, appKeyRequest, createdAppKey, repeatedAppKey } from '../schemas/app-key.ts'
import { approvalRequestedWith } from '../schemas/approval.ts'
import { pageQuerySchema } from '../schemas/page.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { bearer } from './credentials.ts'

const tag = 'app keys'
const example = {
  appKey: 'le123.k7Jw',
  label: 'billing',
  scopes: ['forward', 'mtls:read'],
  createdAt: '2026-02-01T09:30:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
  createdBy: 'https://login.example#alice',
}

export const appKeyOperations = operationsById(appKeyRoutes, {
  createAppKey: {
    tag,
    summary: 'Create an app key',
    description: 'Its secret is shown this once.',
    credentials: bearer('mtls:admin'),
    changes: true,
    body: { json: appKeyRequest, example: { label: 'billing' } },
    answers: {
      201: {
        description: 'The app key with its secret',
        json: createdAppKey,
        repeated: repeatedAppKey,
        example: { ...example, appSecret: 'uIXb...' },
      },
      202: { ...waitsForApproval, json: approvalRequestedWith('AppKeyApprovalRequested', createdAppKey) },
    },
    problems: [...approvalCodes, 'EXPIRY_NOT_IN_FUTURE', 'UNKNOWN_SERVICE', 'TOO_MANY_APP_KEYS', 'SCOPE_NOT_GRANTABLE'],
  },
  listAppKeys: {
    tag,
    summary: 'List app keys',
    credentials: bearer('mtls:admin'),
    query: pageQuerySchema,
    answers: {
      200: {
        description: 'The app keys of the account, or a page of them; never a secret',
        json: z.array(appKey),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [example],
      },
    },
  },
  deleteAppKey: {
    tag,
    summary: 'Delete an app key',
    credentials: bearer('mtls:admin'),
    changes: true,
    answers: { 200: { description: 'The app key as it was', json: appKey, repeated: repeatedAppKey, example } },
    problems: ['APP_KEY_NOT_FOUND'],
  },
})
