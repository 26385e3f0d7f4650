import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { type AccountId, CodedError, isCodedError } from '@mtls-gateway/domain'
import { commonFields, entryFault, openVaultLogin, readEntries, vaultLoginFields } from '@mtls-gateway/issuance'
import { checkMount } from '@mtls-gateway/secret-store'
import { z } from 'zod'
import { FolderSource } from './folder-source.ts'
import type { Source, SourceProfile } from './source.ts'
import { VaultKvSource } from './vault-kv-source.ts'

interface OpenSource {
  readonly name: string
  readonly profile: SourceProfile
  readonly accounts: ReadonlySet<AccountId> | 'all'
  readonly source: Source
}

/** The sources of a deployment, by the names of `SOURCES_FILE`. */
export class Sources {
  readonly #sources: ReadonlyMap<string, OpenSource>

  constructor(sources: readonly OpenSource[]) {
    this.#sources = new Map(sources.map((open) => [open.name, open]))
  }

  /** Those that an account may use, by name. */
  profiles(account: AccountId): readonly SourceProfile[] {
    const allowed = [...this.#sources.values()].filter((open) => isFor(open, account))
    return allowed.map(({ profile }) => profile).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** @throws CodedError `SOURCE_UNKNOWN` */
  get(account: AccountId, name: string): Source {
    const open = this.#sources.get(name)
    if (open === undefined || !isFor(open, account)) throw sourceUnknown()
    return open.source
  }

  get isEmpty(): boolean {
    return this.#sources.size === 0
  }

  close(): void {
    for (const { source } of this.#sources.values()) source.close()
  }
}

function sourceUnknown(): CodedError {
  const sentence = 'This account has no source of this name. List the sources for their names.'
  return new CodedError('SOURCE_UNKNOWN', sentence, { details: { field: 'source' } })
}

function isFor({ accounts }: OpenSource, account: AccountId): boolean {
  return accounts === 'all' || accounts.has(account)
}

const common = z.object(commonFields)
type Common = z.infer<typeof common>

const folder = common.extend({
  kind: z.literal('folder'),
  path: z.string().refine(isAbsolute, 'is not an absolute path'),
})

const field = z.string().min(1).max(128)
const vaultKv = common.extend({
  kind: z.literal('vault-kv'),
  ...vaultLoginFields,
  mount: field,
  path: z
    .string()
    .max(512)
    .regex(
      /^(?!.*(^|\/)\.+(\/|$))(?:[\w.-]|\{account\}|\{certificate\})+(?:\/(?:[\w.-]|\{account\}|\{certificate\})+)*$/,
      {
        error: 'is not like clients/{account}/{certificate}',
      },
    ),
  certificateField: field.default('tls.crt'),
  keyField: field.default('tls.key'),
})

type Settings = z.infer<typeof folder> | z.infer<typeof vaultKv>

const kinds = { folder: z.strictObject(folder.shape), 'vault-kv': z.strictObject(vaultKv.shape) } as const

/**
 * @param file path of the sources in JSON; undefined: there is none
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the name of its source
 */
export function openSources(file: string | undefined): Sources {
  if (file === undefined) return new Sources([])
  const { entries, faults } = readEntries(readFile(file), 'sources', readSource)
  if (faults.length === 0) return new Sources(entries)
  new Sources(entries).close()
  const lines = faults.map((fault) => `- ${fault}`)
  throw new CodedError('CONFIGURATION_INVALID', `SOURCES_FILE (${file}) is not valid:\n${lines.join('\n')}`)
}

function readSource(entry: Readonly<Record<string, unknown>>): OpenSource | readonly string[] {
  const names = Object.keys(kinds)
  const kind = names.find((name) => name === entry.kind) as keyof typeof kinds | undefined
  if (kind === undefined) return [`kind is none of ${names.join(', ')}`]
  const { data, error } = kinds[kind].safeParse(entry)
  if (!data) return error.issues.map(entryFault)
  const { accounts } = data
  // Each gets a private key: that of one place is for accounts that the operator has named.
  const isOfAccount = data.kind === 'vault-kv' && data.path.includes('{account}')
  if (accounts === 'all' && !isOfAccount) {
    return [
      'accounts is "all", and the place is the same for each. List them, or use vault-kv with {account} in the path',
    ]
  }
  return opened(data)
}

function opened(settings: Settings): OpenSource | readonly string[] {
  try {
    return { ...describe(settings), source: openSource(settings) }
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONFIGURATION_INVALID') throw error
    return [error.message]
  }
}

function describe({ name, kind, description, accounts }: Common & Pick<SourceProfile, 'kind'>) {
  return { name, profile: { name, kind, description }, accounts: accounts === 'all' ? accounts : new Set(accounts) }
}

function openSource(settings: Settings): Source {
  if (settings.kind === 'folder') return new FolderSource(settings.path)
  const {
    mount,
    path,
    certificateField,
    keyField,
    name: _,
    kind: __,
    description: ___,
    accounts: ____,
    ...login
  } = settings
  const checked = checkMount(mount)
  return new VaultKvSource({ session: openVaultLogin(login), mount: checked, path, certificateField, keyField })
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CodedError('CONFIGURATION_INVALID', `SOURCES_FILE (${path}) cannot be read: ${code}.`, { cause })
  }
}
