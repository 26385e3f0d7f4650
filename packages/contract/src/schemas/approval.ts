import { approvalActions, approvalStates, guardedActions, invitableScopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, printablePattern } from './fields.ts'
import { pageQuery } from './page.ts'

const expiresAfterPattern = /^([1-9]|[12][0-9]|30)d$/
const approvers = z.array(z.string().min(1).max(limits.approver)).min(1).max(limits.approvers)
const approverScope = z.enum(invitableScopes)

/** The rule of an account, as clients send it. */
export const approvalRuleRequest = z
  .strictObject({
    actions: z
      .array(z.enum(approvalActions))
      .min(1)
      .max(approvalActions.length)
      .meta({ description: 'What needs the word of a second person (docs/approvals.md)' }),
    approvers: approvers.nullish().meta({
      description: 'Subjects of tokens, as the audit trail names them. Left out, or null: whoever has the scope',
    }),
    scope: approverScope.optional().meta({
      description: 'What a token needs to approve, where no approvers are named; `mtls:admin` if left out',
    }),
    expiresAfter: z
      .string()
      .regex(expiresAfterPattern, 'must be 1 to 30 days, as in 3d')
      .optional()
      .meta({ description: 'How long a request waits: `1d` to `30d`; `3d` if left out' }),
  })
  .meta({ id: 'ApprovalRuleRequest' })

export const approvalRule = z
  .strictObject({
    actions: z.array(z.enum(approvalActions)),
    approvers: z.array(z.string()).nullable().meta({ description: 'Null: whoever has the scope' }),
    scope: approverScope,
    expiresAfter: z.string().meta({ examples: ['3d'] }),
  })
  .meta({ id: 'ApprovalRule' })

const approvalField = z
  .strictObject({
    field: z.string().meta({ examples: ['url'] }),
    before: z.unknown().meta({ description: 'Null: there was none. Never a secret' }),
    after: z.unknown().meta({ description: 'Null: it is removed. Never a secret' }),
  })
  .meta({ id: 'ApprovalField' })

const approvalChange = z
  .strictObject({
    action: z.enum(['create', 'update', 'delete', 'rename']),
    kind: z.enum(['certificate', 'trust', 'mapping', 'appKey', 'invitation', 'handover', 'signingKey', 'settings']),
    name: z.string(),
    fields: z.array(approvalField),
  })
  .meta({ id: 'ApprovalChange', description: 'What approving it changes of one thing' })

export const approvalRequest = z
  .strictObject({
    id: z.string(),
    state: z.enum(approvalStates).meta({
      description:
        '`outdated`: what it would change is not what it was; lists do not look, and have it as `open`. `overridden`: approved by the emergency way',
    }),
    actions: z.array(z.enum(guardedActions)).meta({
      description: 'Why it needs a second person; `approvals`: it changes the rule itself',
    }),
    operation: z.string().meta({
      description: 'What was asked for, as the audit trail names it',
      examples: ['mappings.update'],
    }),
    subjects: z.array(z.string()).meta({ description: 'Ids and names of what it is about; the first few of many' }),
    subjectCount: z.int().min(0).meta({ format: 'int32' }),
    requestedBy: z.string().meta({ description: 'As the audit trail names them' }),
    requestedAt: dateTime,
    expiresAt: dateTime,
    changes: z
      .array(approvalChange)
      .optional()
      .meta({ description: 'All that it changes; left out in lists. Secrets are never shown' }),
    approvers: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Whose word it waits for; null: that of whoever has the scope' }),
    scope: approverScope,
    mine: z.boolean().meta({
      description: 'These credentials cannot approve it: you have asked for it, or it is not yours to decide',
    }),
    decidedBy: z.string().optional(),
    decidedAt: dateTime.optional(),
    reason: z.string().optional().meta({ description: 'What was said with the decision' }),
  })
  .meta({ id: 'ApprovalRequest' })
export type ApprovalRequest = WireOf<typeof approvalRequest>
export type ApprovalChange = WireOf<typeof approvalChange>

export const approvalRequested = z
  .strictObject({ approval: approvalRequest })
  .meta({ id: 'ApprovalRequested', description: 'Nothing was changed yet: it waits for the word of a second person' })

export type ApprovalRequested = WireOf<typeof approvalRequested> & { readonly answer?: unknown }

/** As {@link approvalRequested}, with an answer that has a secret which is shown once. @param id of the schema */
export function approvalRequestedWith<Json extends z.ZodType>(id: string, answer: Json) {
  return approvalRequested
    .extend({
      answer: answer.optional().meta({
        description: 'What becomes true when it is approved, with the secret, which is shown this once',
      }),
    })
    .meta({ id })
}

/** What an audit trail can show on one line. Its rules are the domain's, which tells each fault in words. */
const reason = z.string().meta({
  ...{ minLength: 1, maxLength: limits.approvalReason, pattern: printablePattern },
  description: 'Shown with the request, and in the audit trail. Not blank, without control characters',
})

export const approvalDecision = z
  .strictObject({
    reason: reason.optional(),
    emergency: z
      .literal(true)
      .optional()
      .meta({
        description: `Approves whatever it is, also what you have asked for yourself. For operators (a token for all accounts with \`mtls:admin\`), with a reason of at least ${limits.emergencyReason} characters; the audit trail and a notice tell of it`,
      }),
  })
  .default({})
  .meta({ id: 'ApprovalDecision' })
export type ApprovalDecision = z.output<typeof approvalDecision>

export const approvalRefusal = z.strictObject({ reason: reason.optional() }).default({}).meta({ id: 'ApprovalRefusal' })
export type ApprovalRefusal = z.output<typeof approvalRefusal>

export const approvalQuery = z.object({
  ...pageQuery,
  state: z.enum(approvalStates).optional().meta({ description: 'Only requests in this state' }),
})
export type ApprovalQuery = Readonly<z.output<typeof approvalQuery>>

export const exampleApproval = {
  id: 'pV3x9QmZ0aVbLr5uYw2JcA',
  state: 'open',
  actions: ['target-host'],
  operation: 'mappings.create',
  subjects: ['2628739924 bank-token'],
  subjectCount: 1,
  requestedBy: 'https://login.example#alice',
  requestedAt: '2026-02-01T09:30:00.000Z',
  expiresAt: '2026-02-04T09:30:00.000Z',
  changes: [
    {
      action: 'create',
      kind: 'mapping',
      name: 'bank-token',
      fields: [{ field: 'url', before: null, after: 'https://bank.example/token' }],
    },
  ],
  approvers: null,
  scope: 'mtls:admin',
  mine: true,
} as const
