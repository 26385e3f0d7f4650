import type { MultipartFile } from '@fastify/multipart'
import { type Form, limits } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, watchPace, weighJson } from '@mtls-gateway/service-kit'
import { noteBody } from './idempotency-mark.ts'

/** The limit for all text parts of a form together: a request is charged at most 8 MiB (`request-bodies`). */
const maxFieldsBytes = 3 * 1024 * 1024
/**
 * A part of JSON may be a certificate as answers have it, which names each of its mappings in `promotion`, with five
 * members: 1,900 fit.
 */
const partLimits = { maxValues: 30_000, maxMembers: 10_000 }

export class MultipartForm {
  readonly #form: Form
  readonly #parts: Parts

  constructor(form: Form, parts: Parts) {
    this.#form = form
    this.#parts = parts
  }

  get hasFile(): boolean {
    return this.#parts.file !== undefined
  }

  /** @throws CodedError `MALFORMED_MULTIPART` if it is missing */
  get file(): Uint8Array {
    const { file } = this.#parts
    if (!file) throw malformed(`The part "${this.#form.file.name}" is missing.`)
    return file
  }

  text(name: string): string | undefined {
    return this.#parts.fields.get(name)
  }

  /** @throws CodedError `MALFORMED_MULTIPART` if the part is missing or not JSON, `LIMIT_EXCEEDED` */
  json(name: string): unknown {
    const text = this.text(name)
    if (text === undefined) throw malformed(`The part "${name}" is missing.`)
    weighJson(Buffer.from(text), name, partLimits)
    try {
      return JSON.parse(text)
    } catch (cause) {
      // JSON.parse quotes its input, which may hold a password, so the cause is left out.
      throw malformed(`The part "${name}" is not JSON.`, cause instanceof SyntaxError ? undefined : cause)
    }
  }
}

/**
 * Reads a whole multipart body. Parts are limited while they arrive, and JSON is weighed before it is parsed.
 * @throws CodedError `UNSUPPORTED_MEDIA_TYPE`, `MALFORMED_MULTIPART`, `LIMIT_EXCEEDED`
 */
export async function readForm(request: AuthenticatedRequest, form: Form): Promise<MultipartForm> {
  if (!request.isMultipart()) {
    throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'Send this as multipart/form-data.')
  }
  const { file, fields } = await readParts(request, form)
  if (!file && fields.size === 0) throw malformed('The multipart body has no parts.')
  const names = Object.keys(form.parts)
  const stranger = [...fields.keys()].find((name) => !names.includes(name))
  if (stranger !== undefined) throw malformed(`There is no part "${stranger}" here; send ${names.join(', ')}.`)
  noteBody(request, file ?? '', JSON.stringify([...fields].sort()))
  return new MultipartForm(form, { file, fields })
}

interface Parts {
  readonly file: Uint8Array | undefined
  readonly fields: ReadonlyMap<string, string>
}

async function readParts(request: AuthenticatedRequest, form: Form): Promise<Parts> {
  let file: Uint8Array | undefined
  const fields = new Map<string, string>()
  const endWatch = watchPace(request.raw, (error) => request.raw.destroy(error))
  const parts = Object.keys(form.parts).length + 1
  const atMost = { fileSize: Infinity, fieldSize: limits.formText, files: parts, fields: parts }
  try {
    for await (const part of request.parts({ limits: atMost, isPartAFile: isToReadAsBytes })) {
      // A header without a name makes it undefined, whatever the plugin's types say.
      if (!part.fieldname) throw malformed('A part of the multipart body has no name.')
      if (part.type === 'file' && part.fieldname === form.file.name) {
        if (file) throw malformed(`The part "${form.file.name}" occurs twice.`)
        file = await readBytes(part, form.file.maxBytes)
      } else if (part.type === 'file') {
        addField(fields, part.fieldname, (await readBytes(part, limits.formText)).toString('utf8'))
      } else {
        if (part.valueTruncated) throw tooLarge(part.fieldname, limits.formText)
        addField(fields, part.fieldname, String(part.value))
      }
    }
  } catch (error) {
    // The plugin would go on with all that is left: a hundred thousand parts took a tenth of a second.
    request.raw.unpipe()
    throw error
  } finally {
    endWatch()
  }
  return { file, fields }
}

/**
 * What has a file name or a type of its own: clients differ. The plugin parses fields that are JSON, however many
 * values they have: 70,000 small objects took a tenth of a second.
 */
function isToReadAsBytes(_name: string | undefined, type: string | undefined, fileName: string | undefined): boolean {
  return fileName !== undefined || type === 'application/octet-stream' || type?.startsWith('application/json') === true
}

/** The plugin has one limit for all files, and tells of one that is too large only at the next part. */
async function readBytes({ fieldname, file }: MultipartFile, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of file) {
    bytes += piece.length
    if (bytes > maxBytes) throw tooLarge(fieldname, maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function tooLarge(name: string, maxBytes: number): CodedError {
  return limitExceeded(name, maxBytes, `bytes (${maxBytes / 1024} KiB)`)
}

function addField(fields: Map<string, string>, name: string, value: string): void {
  if (fields.has(name)) throw malformed(`The part "${name}" occurs twice.`)
  fields.set(name, value)
  const bytes = [...fields.values()].reduce((sum, text) => sum + text.length, 0)
  if (bytes > maxFieldsBytes) throw limitExceeded(name, maxFieldsBytes, 'bytes, with the parts before it (3 MiB)')
}

function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('MALFORMED_MULTIPART', message, { cause })
}
