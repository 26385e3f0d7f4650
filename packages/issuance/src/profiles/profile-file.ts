import { type AccountId, isCodedError, parseAccountId, requestKeyTypes } from '@mtls-gateway/domain'
import { z } from 'zod'
import type { Issuer } from '../issuer.ts'
import type { IssuerProfile } from '../issuers.ts'
import { type IssuerParts, issuerKinds } from './kinds.ts'

/** A profile, who may use it, and its issuer. */
export interface OpenProfile {
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
  name: z.string().regex(/^[a-z0-9-]{1,64}$/, 'is not 1 to 64 lower-case letters, digits and hyphens'),
  kind: z.string(),
  description: z.string().min(1).max(200),
  accounts: z.union([z.literal('all'), z.array(z.string().transform(toAccount)).min(1)], {
    error: 'is neither "all" nor a list of accounts',
  }),
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

function toAccount(text: string, context: z.RefinementCtx): AccountId {
  try {
    return parseAccountId(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not an account' })
    return z.NEVER
  }
}

/** The profiles of a file's text: every one that is as it has to be, and what is wrong with the others. */
export function readProfiles(text: string, parts: IssuerParts): ReadProfiles {
  const entries = z.strictObject({ profiles: z.array(z.record(z.string(), z.unknown())) }).safeParse(parsed(text)).data
  if (entries === undefined) return { opened: [], faults: ['it is not JSON like {"profiles": [{"name": ...}]}'] }
  const opened: OpenProfile[] = []
  const faults: string[] = []
  for (const [index, entry] of entries.profiles.entries()) {
    const name = common.shape.name.safeParse(entry.name).data ?? `profile ${index + 1}`
    const read = readProfile(entry, parts)
    if (Array.isArray(read)) faults.push(...read.map((fault) => `${name}: ${fault}`))
    else if (opened.some(({ profile }) => profile.name === name)) faults.push(`${name}: another one has this name`)
    else opened.push(read as OpenProfile)
  }
  return { opened, faults }
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
    return [...(result.error?.issues ?? []), ...(settings.error?.issues ?? [])].map(faultOf)
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
    return { profile, accounts: accounts === 'all' ? accounts : new Set(accounts), issuer }
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONFIGURATION_INVALID') throw error
    return [error.message]
  }
}

/** Zod's messages name what was expected and what type was found, never a value. */
function faultOf({ path, message, code, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) return `${issue.keys.join(', ')}: there is no such setting`
  const isMissing = code === 'invalid_type' && message.endsWith('undefined')
  return `${path.join('.')} ${isMissing ? 'is required' : message.replace(/^Invalid input: /, 'is wrong: ')}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
