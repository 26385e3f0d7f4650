import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { invitationRoutes } from '../routes.ts'
import { approvalRequestedWith } from '../schemas/approval.ts'
import {
  createdInvitation,
  describedInvitation,
  invitation,
  invitationRequest,
  redeemedInvitation,
  redemptionRequest,
  repeatedInvitation,
  revokedInvitation,
} from '../schemas/invitation.ts'
import { pageQuerySchema } from '../schemas/page.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { bearer } from './credentials.ts'

const tag = 'invitations'
const request = { label: 'Anna of Bank', scopes: ['mtls:read', 'mtls:write'], expiresAt: '2026-02-08T09:30:00.000Z' }
const id = 'kT3x9QmZ0aVbLr5uYw2JcA'
const example = {
  id,
  ...request,
  createdAt: '2026-02-01T09:30:00.000Z',
  createdBy: 'https://login.example#alice',
  redeemedAt: null,
}
const described = {
  ...{ accountId: 'le123', scopes: request.scopes, expiresAt: request.expiresAt, label: request.label },
  invitedBy: example.createdBy,
}
const code = `mtlsinvite_le123.${id}.AVq9...`

export const invitationOperations = operationsById(invitationRoutes, {
  createInvitation: {
    tag,
    summary: 'Invite somebody',
    description: 'For a person who has no account at the identity provider. Its code and link are shown this once.',
    credentials: bearer('mtls:admin'),
    changes: true,
    body: { json: invitationRequest, example: request },
    answers: {
      201: {
        description: 'The invitation with its code',
        json: createdInvitation,
        repeated: repeatedInvitation,
        example: { ...example, code, link: `https://console.example/invitation#code=${code}` },
      },
      202: { ...waitsForApproval, json: approvalRequestedWith('InvitationApprovalRequested', createdInvitation) },
    },
    problems: [
      ...approvalCodes,
      'EXPIRY_NOT_IN_FUTURE',
      'EXPIRY_TOO_LATE',
      'SCOPE_NOT_GRANTABLE',
      'TOO_MANY_INVITATIONS',
    ],
  },
  listInvitations: {
    tag,
    summary: 'List invitations',
    credentials: bearer('mtls:admin'),
    query: pageQuerySchema,
    answers: {
      200: {
        description: 'The invitations of the account, or a page of them; never a code or token',
        json: z.array(invitation),
        headers: ['ETag', 'Link', 'X-Total-Count'],
        example: [example],
      },
    },
  },
  revokeInvitation: {
    tag,
    summary: 'Revoke an invitation',
    description:
      'Its code and its token stop at once, and so do the invitations that were made with that token. App keys that were made with it stay, and are named.',
    credentials: bearer('mtls:admin'),
    changes: true,
    answers: {
      200: {
        description: 'The invitation as it was, with the app keys that it leaves behind',
        json: revokedInvitation,
        repeated: repeatedInvitation,
        example: { ...example, appKeys: [{ appKey: 'le123.k7Jw', label: 'billing' }] },
      },
    },
    problems: ['INVITATION_NOT_FOUND'],
  },
  describeInvitation: {
    tag,
    summary: 'Describe an invitation',
    description: 'Without credentials: tells whoever has the code what redeeming it gives, and does not use it up.',
    credentials: 'none',
    body: { json: redemptionRequest, example: { code } },
    answers: {
      200: { description: 'What the invitation is for', json: describedInvitation, example: described },
    },
    problems: ['INVITATION_UNKNOWN', 'INVITATION_VOID'],
  },
  redeemInvitation: {
    tag,
    summary: 'Redeem an invitation',
    description: 'Without credentials: the code is one, and works once. The token is shown this once.',
    credentials: 'none',
    body: { json: redemptionRequest, example: { code } },
    answers: {
      200: {
        description: 'A token for the account',
        json: redeemedInvitation,
        example: { token: `mtlsi_le123.${id}.AQ3r...`, ...described },
      },
    },
    problems: [
      'INVITATION_UNKNOWN',
      'INVITATION_VOID',
      'ACCOUNT_BUSY',
      'ACCOUNT_FULL',
      'STORE_REFUSED',
      'STORE_NOT_WRITABLE',
      'TOO_MANY_CALLS',
    ],
  },
})
