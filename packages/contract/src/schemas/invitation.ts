import { invitableScopes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { dateTime, sentName } from './fields.ts'

/** Unknown fields are refused, and nothing has a default: whoever invites says what for and until when. */
export const invitationRequest = z
  .strictObject({
    label: sentName.meta({ description: 'Who is invited; the audit trail names them so' }),
    scopes: z
      .array(z.enum(invitableScopes))
      .min(1)
      .max(invitableScopes.length)
      .meta({ description: 'At most your own' }),
    expiresAt: z.iso.datetime({ offset: true }).meta({
      description: `In the future, by at most ${limits.invitationDays} days, and not after your own invitation`,
    }),
  })
  .meta({ id: 'InvitationRequest' })
export type InvitationRequest = z.output<typeof invitationRequest>

export const invitation = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    scopes: z.array(z.enum(invitableScopes)),
    createdAt: dateTime,
    createdBy: z.string().meta({ description: 'As the audit trail names them' }),
    expiresAt: dateTime,
    redeemedAt: dateTime.nullable().meta({ description: 'Null: the code has not been redeemed' }),
  })
  .meta({ id: 'Invitation' })

export const createdInvitation = invitation
  .extend({
    code: z.string().meta({ description: 'Redeems the invitation, once; shown this once' }),
    link: z.string().nullable().meta({
      description: 'Opens the console with the code; null where config-api knows of no console (`CONSOLE_URL`)',
    }),
  })
  .meta({ id: 'CreatedInvitation' })

const leftAppKey = z.strictObject({ appKey: z.string(), label: z.string() }).meta({ id: 'LeftAppKey' })

export const revokedInvitation = invitation
  .extend({
    appKeys: z.array(leftAppKey).meta({
      description: 'Made by it, or by invitations that were revoked with it. They stay: delete what should not',
    }),
  })
  .meta({ id: 'RevokedInvitation' })

/** To a request that was made before: never the code. */
export const repeatedInvitation = z.union([invitation, z.strictObject({ id: z.string(), deleted: z.literal(true) })])

export const redemptionRequest = z
  .strictObject({ code: z.string().min(1).max(limits.invitationCode) })
  .meta({ id: 'RedemptionRequest' })
export type RedemptionRequest = z.output<typeof redemptionRequest>

export const redeemedInvitation = z
  .strictObject({
    token: z.string().meta({ description: 'A Bearer token for config-api; shown this once' }),
    accountId: z.string(),
    scopes: z.array(z.enum(invitableScopes)),
    expiresAt: dateTime,
    label: z.string(),
    invitedBy: z.string().meta({ description: 'Who invites, as the audit trail names them' }),
  })
  .meta({ id: 'RedeemedInvitation' })

export const describedInvitation = redeemedInvitation.omit({ token: true }).meta({ id: 'DescribedInvitation' })

export type Invitation = WireOf<typeof invitation>
export type CreatedInvitation = WireOf<typeof createdInvitation>
export type RevokedInvitation = WireOf<typeof revokedInvitation>
export type RedeemedInvitation = WireOf<typeof redeemedInvitation>
export type DescribedInvitation = WireOf<typeof describedInvitation>
