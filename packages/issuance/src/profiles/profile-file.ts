import { type AccountId, isCodedError, requestKeyTypes } from '@mtls-gateway/domain'
import { z } from 'zod'
import type { Issuer } from '../issuer.ts'
import type { IssuerProfile } from '../issuers.ts'
import { type IssuerParts, issuerKinds } from './kinds.ts'
import { commonFields, entryFault, readEntries } from './operator-entries.ts'

/** A profile, who may use it, and its issuer. */
export interface OpenProfile {
  readonly name: string
  readonly profile: IssuerProfile
  readonly accounts: ReadonlySet<AccountId> | 'all'
  readonly issuer: Issuer
}

export interface ReadProfiles {
  readonly opened: readonly OpenProfile[]
  /** Each begins with the name of its profile, and holds no value. */
  readonly faults: readonly string[]
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** What a profile of any kind has; the rest is for its kind to read. */
const common = z.object({
  ...commonFields,
  keyTypes: z
    .array(z.enum(requestKeyTypes))
    .min(1)
    .default([...requestKeyTypes]),
  subject: z.exactOptional(
    z.string().regex(/^(?:CN|OU|O|L|ST|C)=(?:[^,\\]|\\.)+(?:,\s?(?:CN|OU|O|L|ST|C)=(?:[^,\\]|\\.)+)*$/, {
      error: 'is not like O=Acme,C=DE',
    }),
  ),
  lifetime: z.exactOptional(
    z
      .string()
      .regex(/^[1-9]\d{0,5}[smhd]$/, 'is not a number with a unit: s, m, h or d')
      .transform((text) => Number(text.slice(0, -1)) * (unitSeconds[text.slice(-1)] ?? Number.NaN)),
  ),
})

/** The profiles of a file's text: every one that is as it has to be, and what is wrong with the others. */
export function readProfiles(text: string, parts: IssuerParts): ReadProfiles {
  const { entries, faults } = readEntries(text, 'profiles', (entry) => readProfile(entry, parts))
  return { opened: entries, faults }
}

function readProfile(entry: Readonly<Record<string, unknown>>, parts: IssuerParts): OpenProfile | readonly string[] {
  const names = Object.keys(issuerKinds)
  const kind = names.find((name) => name === entry.kind) as keyof typeof issuerKinds | undefined
  const made = kind && issuerKinds[kind]
  if (kind === undefined || made === undefined) return [`kind is none of ${names.join(', ')}`]
  const result = common.safeParse(entry)
  const own = Object.entries(entry).filter(([setting]) => !(setting in common.shape))
  const settings = made.settings.safeParse(Object.fromEntries(own))
  if (!result.success || !settings.success) {
    return [...(result.error?.issues ?? []), ...(settings.error?.issues ?? [])].map(entryFault)
  }
  const { name, description, accounts, keyTypes, subject, lifetime } = result.data
  const profile: IssuerProfile = {
    name,
    kind,
    description,
    keyTypes,
    ...(subject !== undefined && { subject }),
    ...(lifetime !== undefined && { lifetimeSeconds: lifetime }),
  }
  try {
    const issuer = made.open(settings.data, profile, parts)
    return { name, profile, accounts: accounts === 'all' ? accounts : new Set(accounts), issuer }
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONFIGURATION_INVALID') throw error
    return [error.message]
  }
}
