import { z } from 'zod'
import { limits } from '../limits.ts'
import type { WireOf } from '../wire.ts'
import { accountPattern, dateTime, sentService, sentUrl } from './fields.ts'
import { callError } from './handshake.ts'
import { targetAuthTypes } from './target-auth.ts'

const sentAccount = z.string().meta({ pattern: accountPattern })

/** What is asked about: a call, which may name no service. Unknown fields are ignored. */
export const checkedEntry = z
  .object({ serviceName: sentService.optional(), accountId: sentAccount, url: sentUrl })
  .meta({ id: 'CheckedEntry' })
export type CheckedEntry = Readonly<z.output<typeof checkedEntry>>

export const checkedEntries = z.array(checkedEntry).min(1).max(limits.checkedMappings)

/** Below an account, entries need not repeat it. */
const entryOfAccount = checkedEntry.extend({ accountId: sentAccount.optional() }).meta({ id: 'CheckedEntryOfAccount' })
export type EntryOfAccount = Readonly<z.output<typeof entryOfAccount>>

export const entriesOfAccount = z.array(entryOfAccount).min(1).max(limits.checkedMappings)

export const checkMappingQuery = z.object({
  v: z.enum(['1', '2', '1.0', '2.0']).default('1').meta({ description: 'The form of the answer' }),
})
export type CheckMappingQuery = Readonly<z.output<typeof checkMappingQuery>>

/** The token of a mapping whose calls have one, as the instance that answers knows it. Nothing is asked for. */
export const tokenState = z
  .strictObject({
    state: z.enum(['held', 'none', 'failed']).meta({
      description: '`none`: the next call asks for one. `failed`: the endpoint gave none when it was last asked',
    }),
    until: dateTime.optional().meta({ description: 'Of a token that is held, where the endpoint has said' }),
    error: callError.optional(),
  })
  .meta({ id: 'TokenState' })

/** Version 2: each entry as it was sent. */
export const checkedMapping = z
  .strictObject({
    // Untyped in the documents: within an answer of two forms, clients generated for Python can't read a third choice.
    serviceName: z.union([z.string(), z.number()]).optional().meta({ anyOf: undefined, description: 'As it was sent' }),
    accountId: z.string(),
    url: z.string(),
    doExist: z.boolean().meta({ description: 'A forward would present a certificate' }),
    targetAuth: z
      .enum(targetAuthTypes)
      .optional()
      .meta({ description: 'What the target wants beside the certificate, if anything' }),
    token: tokenState.optional().meta({ description: 'Of `oauth2`' }),
  })
  .meta({ id: 'CheckedMapping' })

/** By the version that is asked for. */
export const checkMappingAnswer = z
  .union([
    z.array(checkedMapping),
    z.record(z.string(), z.boolean()).meta({
      description:
        "Version 1, by `CertificateMappingParamters{serviceName='IDP', accountId='le123', url='https://...'}`",
    }),
  ])
  .meta({ id: 'CheckMappingAnswer' })

export type TokenState = WireOf<typeof tokenState>
export type CheckedMapping = WireOf<typeof checkedMapping>
export type CheckMappingAnswer = WireOf<typeof checkMappingAnswer>
