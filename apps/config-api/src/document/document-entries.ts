import {
  declaredAppKeyRequest,
  declaredCertificateRequest,
  declaredMappingRequest,
  declaredSettingsRequest,
  declaredTrustRequest,
  limits,
} from '@mtls-gateway/contract'
import { type DocumentFault, faultOfError, isCodedError, limitExceeded } from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'
import { validationError } from '@mtls-gateway/service-kit'
import type { z } from 'zod'

const sections = {
  certificates: { entry: declaredCertificateRequest, limit: limits.documentCertificates },
  trusts: { entry: declaredTrustRequest, limit: limits.trusts },
  mappings: { entry: declaredMappingRequest, limit: limits.documentMappings },
  appKeys: { entry: declaredAppKeyRequest, limit: limits.appKeys },
} as const
type SectionName = keyof typeof sections

/** The entries of a section, by name. */
export type Entries<Name extends SectionName> = ReadonlyMap<string, z.output<(typeof sections)[Name]['entry']>>

/** A document whose entries have the form that they must have. */
export interface DocumentEntries {
  readonly certificates: Entries<'certificates'>
  readonly trusts: Entries<'trusts'>
  readonly mappings: Entries<'mappings'>
  readonly appKeys: Entries<'appKeys'> | undefined
  readonly settings: z.output<typeof declaredSettingsRequest> | undefined
}

const known: ReadonlySet<string> = new Set(['account', 'settings', ...Object.keys(sections)])

/**
 * Holds a document against its schema, entry by entry, so that a long one leaves time to others.
 * @param faults get what is wrong with it; entries at fault are left out
 * @throws CodedError `LIMIT_EXCEEDED`: a section has too many entries
 */
export async function readEntries(
  account: string,
  body: Readonly<Record<string, unknown>>,
  faults: DocumentFault[],
): Promise<DocumentEntries> {
  for (const field of Object.keys(body).filter((name) => !known.has(name))) {
    faults.push({ field, code: 'VALIDATION_FAILED', message: 'A document has no such part.' })
  }
  if (body.account !== undefined && body.account !== account) {
    const message = 'The document is for another account than the path. Leave it out or make it the same.'
    faults.push({ field: 'account', code: 'SITE_ID_MISMATCH', message })
  }
  const settings = body.settings === undefined ? undefined : check(declaredSettingsRequest, body.settings, 'settings')
  faults.push(...(settings?.faults ?? []))
  const none = new Map<string, never>()
  return {
    certificates: (await readSection('certificates', body, faults)) ?? none,
    trusts: (await readSection('trusts', body, faults)) ?? none,
    mappings: (await readSection('mappings', body, faults)) ?? none,
    appKeys: await readSection('appKeys', body, faults),
    settings: settings?.value,
  }
}

async function readSection<Name extends SectionName>(
  name: Name,
  body: Readonly<Record<string, unknown>>,
  faults: DocumentFault[],
): Promise<Entries<Name> | undefined> {
  const section = body[name]
  if (section === undefined) return undefined
  const { entry, limit } = sections[name]
  if (typeof section !== 'object' || section === null || Array.isArray(section)) {
    faults.push({ field: name, code: 'VALIDATION_FAILED', message: 'This has to be an object, by names.' })
    return undefined
  }
  if (Object.keys(section).length > limit) throw limitExceeded(name, limit, 'entries')
  const read = await convertInTurns(Object.entries(section), ([key, value]) => {
    const checked = check<unknown>(entry, value, name, key)
    faults.push(...checked.faults)
    return checked.value === undefined ? [] : [[key, checked.value] as const]
  })
  // Each was read by the schema of this section.
  return new Map(read.flat()) as ReadonlyMap<string, unknown> as Entries<Name>
}

function check<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  ...path: readonly string[]
): { readonly value?: Value; readonly faults: readonly DocumentFault[] } {
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return { value: data as Value, faults: [] }
  const { code, message, details } = validationError(error.issues.flatMap(eachUnknown), ...path)
  // One that is too long is told alone.
  if (code === 'LIMIT_EXCEEDED') return { faults: [{ field: String(details.field), code, message }] }
  const told = details.errors as readonly { readonly field: string; readonly message: string }[]
  return { faults: told.map(({ field, message: text }) => ({ field, code: 'VALIDATION_FAILED', message: text })) }
}

/** Unknown fields of one thing that are told: a body may have 100,000 of them. */
const maxUnknown = 20

/** An issue for each field that is not known, at its own path: a file has a line for it. */
function eachUnknown(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'unrecognized_keys') return [issue]
  return issue.keys
    .slice(0, maxUnknown)
    .map((key) => ({ ...issue, path: [...issue.path, key], message: 'A document has no such field.' }))
}

/** Reads fields of one entry of a document. What is wrong with one of them is added to the faults. */
export class EntryFields {
  readonly #path: string
  readonly #faults: DocumentFault[]

  constructor(path: string, faults: DocumentFault[]) {
    this.#path = path
    this.#faults = faults
  }

  /** @param field what the faults of `read` are about, unless they name one of its fields */
  read<Value>(field: string, read: () => Value): Value | undefined {
    try {
      return read()
    } catch (error) {
      if (!isCodedError(error)) throw error
      const { code, message, details } = error
      const isBelow = typeof details.field === 'string' && details.field.startsWith(field)
      this.#faults.push(isBelow ? faultOfError(this.#path, error) : { field: `${this.#path}.${field}`, code, message })
      return undefined
    }
  }

  /** The name of the entry itself. */
  name(check: () => unknown): void {
    try {
      check()
    } catch (error) {
      if (!isCodedError(error)) throw error
      this.#faults.push({ field: this.#path, code: 'DOCUMENT_FAULTY', message: error.message })
    }
  }
}
