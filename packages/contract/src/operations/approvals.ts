import { z } from 'zod'
import type { Answer } from '../operation.ts'
import { operationsById } from '../operation.ts'
import { approvalRoutes } from '../routes.ts'
import {
  approvalDecision,
  approvalQuery,
  approvalRefusal,
  approvalRequest,
  approvalRequested,
  exampleApproval,
} from '../schemas/approval.ts'
import { either } from './credentials.ts'

const tag = 'approvals'
const { changes: _, ...listed } = exampleApproval
const decided = { ...exampleApproval, mine: false, decidedBy: 'https://login.example#bob' }
const decidedAt = '2026-02-01T10:00:00.000Z'

/** Where an account wants the word of a second person. */
export const waitsForApproval = {
  description: 'Nothing was changed yet: it waits for the word of a second person (docs/approvals.md)',
  json: approvalRequested,
  example: { approval: exampleApproval },
} as const satisfies Answer

/** What such an operation can be refused for beside its own reasons. */
export const approvalCodes = ['APPROVAL_NOT_ALLOWED', 'TOO_MANY_APPROVALS'] as const

/** The word of a second person. */
export const approvalOperations = operationsById(approvalRoutes, {
  listApprovals: {
    tag,
    summary: 'List requests for approval',
    description:
      'Those that wait, and the last ones that were decided or have expired: a whole list with the newest first, pages by their ids. Without `mtls:admin`, and if you are no approver, only your own.',
    credentials: either('mtls:read'),
    query: approvalQuery,
    answers: {
      200: {
        description: 'The requests of the account, or a page of them',
        json: z.array(approvalRequest),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [listed],
      },
    },
  },
  getApproval: {
    tag,
    summary: 'Get a request for approval',
    description: 'With all that it changes.',
    credentials: either('mtls:read'),
    answers: { 200: { description: 'The request', json: approvalRequest, example: exampleApproval } },
    problems: ['APPROVAL_NOT_FOUND'],
  },
  approve: {
    tag,
    summary: 'Approve a request',
    description:
      'Makes the change that was asked for, if what it changes is still what it was. For persons alone, by a token: not for whoever asked for it, by whichever credentials, and not by app keys, invitations or client certificates.',
    credentials: either('mtls:read'),
    changes: true,
    body: { json: approvalDecision, required: false, example: { reason: 'As agreed with the bank' } },
    answers: {
      200: {
        description: 'The request, approved; the change is made',
        json: approvalRequest,
        example: { ...decided, state: 'approved', decidedAt, reason: 'As agreed with the bank' },
      },
    },
    problems: [
      ...['APPROVAL_NOT_FOUND', 'APPROVAL_OWN', 'APPROVAL_NOT_ALLOWED', 'APPROVAL_OUTDATED', 'APPROVAL_CLOSED'],
      ...['CERTIFICATE_NAME_TAKEN', 'MAPPING_NAME_TAKEN', 'MAPPING_ALREADY_EXISTS', 'TOO_MANY_APP_KEYS'],
      ...['TOO_MANY_INVITATIONS', 'TOO_MANY_TRUSTS', 'CERTIFICATE_EXPIRED', 'UNMAPPED_CALLS_NOT_REFUSED'],
    ] as const,
  },
  refuse: {
    tag,
    summary: 'Refuse a request, or withdraw it',
    description: 'Approvers refuse, and whoever asked withdraws. Nothing is changed.',
    credentials: either('mtls:read'),
    changes: true,
    body: { json: approvalRefusal, required: false, example: { reason: 'Not before the release' } },
    answers: {
      200: {
        description: 'The request, refused',
        json: approvalRequest,
        example: { ...decided, state: 'refused', decidedAt, reason: 'Not before the release' },
      },
    },
    problems: ['APPROVAL_NOT_FOUND', 'APPROVAL_NOT_ALLOWED', 'APPROVAL_CLOSED'],
  },
})
