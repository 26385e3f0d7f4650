import {
  planPromotions,
  planRenewAt,
  planRollBacks,
  planStates,
  planSteps,
  planTests,
  planWaits,
} from '@mtls-gateway/domain/words'
import { z } from 'zod'
import type { WireOf } from '../wire.ts'
import { dateTime, id } from './fields.ts'

/** A name of an issuer's profile. */
export const profileName = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 of the characters a-z 0-9 -')
  .meta({ description: 'By which name the operator has given the issuer: see `GET issuers`', examples: ['internal'] })

/** A name of a source. */
export const sourceName = profileName.meta({
  description: 'By which name the operator has given the source: see `GET sources`',
  examples: ['cert-manager'],
})

const choices = {
  renewAt: z
    .number()
    .min(planRenewAt.earliest)
    .max(planRenewAt.latest)
    .default(planRenewAt.usual)
    .meta({ description: 'The share of the lifetime after which the next version is requested' }),
  test: z.enum(planTests).default('auto').meta({
    description: '`auto`: each mapped url is called with the next version; `manual`: a person does so (`staged/probe`)',
  }),
  promote: z.enum(planPromotions).default('auto').meta({
    description:
      '`auto`: for the whole certificate, once the test has passed; `eachTarget`: for each mapping, once its target accepts the next version; `manual`: a person does so',
  }),
  rollBack: z.enum(planRollBacks).default('auto').meta({
    description: '`auto`: a mapping whose target refuses the promoted version goes back to the one before',
  }),
} as const

export const planRequest = z
  .strictObject({ profile: profileName.optional(), source: sourceName.optional(), ...choices })
  .refine(({ profile, source }) => (profile === undefined) !== (source === undefined), {
    error: 'must have either profile or source',
    path: ['profile'],
  })
  .meta({ id: 'PlanRequest' })
export type PlanRequest = z.output<typeof planRequest>

export const plan = z
  .strictObject({
    profile: profileName.nullable().meta({ description: 'From which issuer; null: it comes from a source' }),
    source: sourceName.nullable().meta({ description: 'From which source; null: an issuer signs it' }),
    ...choices,
    renewAt: z.number(),
    test: z.enum(planTests),
    promote: z.enum(planPromotions),
    rollBack: z.enum(planRollBacks),
    state: z.enum(planStates).meta({
      description:
        '`idle`: nothing is due; `requested`: the next key is made; `ordered`: the issuer answers later; `staged`: the next version has come; `tested`: all targets took it; `promoting`: some mappings present it',
    }),
    next: z
      .strictObject({ step: z.enum(planSteps), at: dateTime })
      .meta({ id: 'PlannedStep' })
      .nullable()
      .meta({
        description: 'What the gateway does next by itself; null: it waits for a person, or for a change of its source',
      }),
    waitsFor: z.enum(planWaits).nullable().meta({
      description:
        'What a person has to do: have a request signed (`signature`), promote what was staged by hand (`promotion`), test, promote in spite of `differences`, have the `owners` of targets register it, or promote again after a `rollback`',
    }),
    signingRequest: z.string().optional().meta({
      description:
        'PEM of the request that people take to a CA, while the plan waits for what that signs. In answers about one plan',
    }),
    attempts: z.int().min(0).meta({ format: 'int32', description: 'How often the next step has failed in a row' }),
    lastFailure: z
      .strictObject({
        step: z.enum(planSteps),
        code: z.string().meta({ description: 'docs/errors.md', examples: ['ISSUER_UNREACHABLE'] }),
        sentence: z.string(),
        at: dateTime,
      })
      .meta({ id: 'PlanFailure' })
      .nullable()
      .meta({ description: 'The last step that failed; it stays after a later attempt has succeeded' }),
  })
  .meta({ id: 'Plan', description: 'How a certificate renews itself, and where it stands' })
export type Plan = WireOf<typeof plan>

/** The plan of a certificate that had one. */
export const removedPlan = z.strictObject({ certificateId: id, deleted: z.literal(true) }).meta({ id: 'RemovedPlan' })

export const examplePlan: Plan = {
  profile: 'internal',
  source: null,
  renewAt: 0.66,
  test: 'auto',
  promote: 'auto',
  rollBack: 'auto',
  state: 'idle',
  next: { step: 'request', at: '2026-09-28T00:00:00.000Z' },
  waitsFor: null,
  attempts: 0,
  lastFailure: null,
}
