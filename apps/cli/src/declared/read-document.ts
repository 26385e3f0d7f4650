import { realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import type { DocumentFault } from './faulty-document.ts'
import { readSecretReference, SecretFault } from './secret-reference.ts'
import { FileReference, YamlText } from './yaml-text.ts'

/** As much as config-api takes. */
const mostBytes = 8 * 1024 * 1024

/** A document in a file, with all its references read. */
export interface ReadDocument {
  /** As the API takes it. What is faulty has a stand-in, so that nothing is sent that should not be in the file. */
  readonly body: Readonly<Record<string, unknown>> | undefined
  readonly faults: readonly DocumentFault[]
  /** What config-api says of a path, with its place in the file. */
  faultAt(path: string, detail: string, code?: string): DocumentFault
}

/** @param file `-` is stdin. @throws CliFailure where there is no such file */
export async function readDocument(context: CliContext, file: string): Promise<ReadDocument> {
  const bytes = await context.inputs.file(file)
  const name = file === '-' ? 'stdin' : file
  if (bytes.length > mostBytes) throw new CliFailure('wrongUse', `${name} has more than 8 MiB.`)
  const yaml = new YamlText(bytes.toString('utf8'))
  const faultAt = (path: string, detail: string, code?: string) => {
    return { file: name, line: yaml.lineOf(yaml.keysOf(path)), path, detail, ...(code !== undefined && { code }) }
  }
  if (yaml.faults.length > 0) {
    return { body: undefined, faults: yaml.faults.map((fault) => ({ file: name, path: '', ...fault })), faultAt }
  }
  if (!isObject(yaml.value)) {
    const detail = 'A document has keys such as certificates and mappings (mtls export prints one).'
    return { body: undefined, faults: [{ file: name, line: 1, path: '', detail }], faultAt }
  }
  const folder = await realpath(file === '-' ? '.' : dirname(file))
  const reader = new ReferenceReader(context, folder, (path, detail) => {
    return { file: name, line: yaml.lineOf(path), path: path.join('.'), detail }
  })
  const body = await reader.read(yaml.value, [])
  return { body: isObject(body) ? body : undefined, faults: reader.faults, faultAt }
}

/** The names of values that must never be in a file. */
const secretNames: ReadonlySet<string> = new Set(['secret', 'password', 'passphrase', 'privateKey', 'appSecret'])
/** Takes the slot of a value that is faulty. */
const standIn = 'x'

class ReferenceReader {
  readonly faults: DocumentFault[] = []
  readonly #context: CliContext
  readonly #folder: string
  readonly #faultOf: (path: readonly string[], detail: string) => DocumentFault

  constructor(
    context: CliContext,
    folder: string,
    faultOf: (path: readonly string[], detail: string) => DocumentFault,
  ) {
    this.#context = context
    this.#folder = folder
    this.#faultOf = faultOf
  }

  /** The value with what its references stand for. */
  async read(value: unknown, path: readonly string[]): Promise<unknown> {
    if (isSecret(path)) return this.#secret(value, path)
    if (value instanceof FileReference) return this.#file(value.path, path)
    if (typeof value === 'string') return this.#text(value, path)
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#fault(path, 'It is no number.')
    if (typeof value !== 'object' || value === null) return value
    const entries: [string, unknown][] = []
    for (const [key, each] of Object.entries(value)) entries.push([key, await this.read(each, [...path, key])])
    return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries)
  }

  /** Only below the folder of the document: who writes one should not choose among all files of a machine. */
  async #file(name: string, path: readonly string[]): Promise<string> {
    try {
      const found = await realpath(resolve(this.#folder, name)).catch(() => resolve(this.#folder, name))
      if (!found.startsWith(this.#folder.endsWith(sep) ? this.#folder : this.#folder + sep)) {
        return this.#fault(path, `${name} is outside of the folder of the document: copy it there.`)
      }
      return this.#text((await this.#context.inputs.file(found)).toString('utf8'), path)
    } catch (error) {
      if (error instanceof CliFailure) return this.#fault(path, error.message)
      throw error
    }
  }

  #text(text: string, path: readonly string[]): string {
    if (!/-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----/.test(text)) return text
    return this.#fault(
      path,
      'A private key cannot be in a document: have the gateway make one, by a plan, or upload it (mtls upload).',
    )
  }

  async #secret(value: unknown, path: readonly string[]): Promise<string> {
    try {
      return await readSecretReference(value, this.#context, this.#folder)
    } catch (error) {
      if (error instanceof SecretFault || error instanceof CliFailure) return this.#fault(path, error.message)
      throw error
    }
  }

  #fault(path: readonly string[], detail: string): string {
    this.faults.push(this.#faultOf(path, detail))
    return standIn
  }
}

/** `mappings.NAME.targetAuth.secret`, but no mapping that is called `secret`. */
function isSecret(path: readonly string[]): boolean {
  return path.length > 2 && secretNames.has(path.at(-1) ?? '')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof FileReference)
}
